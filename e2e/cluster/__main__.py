"""The embedded cluster by hand: `python -m e2e.cluster fetch | up | down | kubectl ...`."""

import argparse
import asyncio
import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from e2e.cluster.binary import ensure_slab
from e2e.cluster.cluster import ADDRESSES, Cluster
from e2e.cluster.errors import ClusterError
from e2e.cluster.progress import say
from e2e.cluster.state import DEFAULT_PARENT, OWNER, owner_of
from e2e.cluster.tools import ensure_tools

DOWN_S = 30.0


def fetch(_arguments: argparse.Namespace) -> None:
    """Build the control plane and fetch the monitoring tools, unless the cache has them."""
    print(ensure_slab().slab)
    tools = ensure_tools()
    print(tools.prometheus.path, tools.alertmanager.path, sep="\n")


def up(arguments: argparse.Namespace) -> None:
    """Start a cluster and stay until Ctrl-C."""
    ensure_slab(), ensure_tools()  # before the loop runs, so that Ctrl-C ends a long build at once
    images = json.loads(arguments.images.read_text()) if arguments.images else {}
    asyncio.run(_up(Cluster(arguments.dir, images=images, sync=arguments.sync)))


async def _up(cluster: Cluster) -> None:
    task = asyncio.current_task()
    assert task is not None
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    try:
        async with cluster:
            for name, value in cluster.addresses().items():
                print(f"{name + ':':20}{value}", flush=True)
            say("running until Ctrl-C")
            await asyncio.Event().wait()
    except asyncio.CancelledError:
        say("ended; nothing is left")


def down(arguments: argparse.Namespace) -> None:
    """End running clusters and remove what ended ones left behind."""
    for folder in _folders(arguments.dir):
        if not (folder / OWNER).exists():
            raise ClusterError(f"{folder} is no cluster's state folder: remove it yourself if you mean it")
        if owner := owner_of(folder):
            say(f"ending {folder} (process {owner})")
            os.kill(owner, signal.SIGTERM)
            _wait_until_gone(folder)
        else:
            say(f"removing {folder}")
            shutil.rmtree(folder)


def _wait_until_gone(folder: Path) -> None:
    limit = time.monotonic() + DOWN_S
    while folder.exists():
        if time.monotonic() > limit:
            raise ClusterError(f"{folder} is still there after {DOWN_S:.0f} s: see its logs")
        time.sleep(0.1)


def kubectl(arguments: argparse.Namespace) -> None:
    """Become kubectl, with the kubeconfig of the running cluster."""
    running = [folder for folder in _folders(arguments.dir) if (folder / ADDRESSES).exists()]
    if len(running) != 1:
        raise ClusterError(f"{len(running)} clusters are running in {DEFAULT_PARENT}: start one, or choose with --dir")
    addresses = json.loads((running[0] / ADDRESSES).read_text())
    environment = {**os.environ, "KUBECONFIG": addresses["kubeconfig"]}
    os.execve(addresses["kubectl"], ["kubectl", *arguments.arguments], environment)  # noqa: S606 - becomes it


def _folders(chosen: Path | None) -> list[Path]:
    if chosen:
        return [chosen.absolute()]
    return sorted(DEFAULT_PARENT.iterdir()) if DEFAULT_PARENT.exists() else []


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; errors are one line."""
    own, for_kubectl = _split(list(sys.argv[1:] if arguments is None else arguments))
    parsed = _parser().parse_args(own, argparse.Namespace(arguments=for_kubectl))
    try:
        parsed.command(parsed)
    except ClusterError as error:
        say(f"error: {error}")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _split(words: list[str]) -> tuple[list[str], list[str]]:
    """Our words, and those of kubectl: all behind `kubectl` and an optional `--dir FOLDER`, options too."""
    if words[:1] != ["kubectl"]:
        return words, []
    end = 3 if words[1:2] == ["--dir"] else 1
    return words[:end], words[end:]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m e2e.cluster", description=__doc__)
    commands = parser.add_subparsers(required=True)
    for command in (fetch, up, down, kubectl):
        sub = commands.add_parser(command.__name__, help=command.__doc__, description=command.__doc__)
        sub.set_defaults(command=command)
        if command is not fetch:
            sub.add_argument("--dir", type=Path, help="the cluster's state folder (default: below build/clusters)")
        if command is up:
            sub.add_argument(
                "--sync", type=float, default=1.0, help="seconds between two looks at volumes (%(default)s)"
            )
            sub.add_argument("--images", type=Path, help="JSON file with what stands for container images")
    return parser


if __name__ == "__main__":
    sys.exit(main())
