"""Run a node: `python -m e2e.cluster.node STATE_DIR --images images.json`."""

import argparse
import asyncio
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import aiohttp

from e2e.cluster.node.api import Api, ApiError
from e2e.cluster.node.node import Node, Settings


def main() -> int:
    """Run a node until SIGTERM; exit code 1 when a part of it died."""
    arguments = _parse(sys.argv[1:])
    settings = Settings(
        state=arguments.state.absolute(),
        name=arguments.name,
        cidr=arguments.cidr,
        sync=arguments.sync,
        backoff=arguments.backoff,
        images=arguments.images.absolute(),
        api_server=arguments.api_server,
    )
    try:
        return 0 if asyncio.run(_run(settings)) else 1
    except ApiError as error:
        print(f"the node cannot start: {error}; is the control plane of {settings.state} running?", file=sys.stderr)
        return 1


async def _run(settings: Settings) -> bool:
    api = Api.from_kubeconfig(settings.state / "kubeconfig")
    # probes go to pods, whose certificates nobody signed; a new connection each time, as the kubelet makes
    connector = aiohttp.TCPConnector(ssl=False, force_close=True, limit=0)
    async with aiohttp.ClientSession(connector=connector) as http:
        node = Node(settings, api, http)
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, node.stop)
        try:
            return await node.run()
        finally:
            await api.close()


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m e2e.cluster.node", description=__doc__)
    add = parser.add_argument
    add("state", type=Path, metavar="STATE_DIR", help="folder of the control plane: kubeconfig and pki")
    add("--name", default="sandbox", help="the node's name (%(default)s)")
    add("--cidr", default="127.1.0.0/16", help="the pods' addresses (%(default)s)")
    add(
        "--sync", type=float, default=60, help="seconds between two looks at a pod's volumes (%(default)s to half more)"
    )
    add("--backoff", type=float, default=10, help="seconds before the second restart, doubling (%(default)s)")
    add("--images", type=Path, required=True, help='JSON: {"image:tag": {"path", "cwd", "env", "command"}}')
    add("--api-server", help="the API server's URL for the pods (default: the node's own)")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
