"""A control plane with one process node of its own, which tests may kill and start again."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar
from urllib.error import URLError
from urllib.request import Request, urlopen

import yaml

from e2e.cluster.binary import Slab
from e2e.cluster.node import launcher
from e2e.cluster.ports import PodNetwork

ROOT = Path(__file__).parents[3]
DEADLINE_SECONDS = 60
Found = TypeVar("Found")


class Lab:
    def __init__(self, programs: Slab, folder: Path):
        self.folder = folder
        self.state = folder / "state"
        self._programs = programs
        self._network = PodNetwork()
        self._plane = None
        self._node = None

    def start_plane(self) -> None:
        command = [self._programs.slab, "up", "-die-with-parent", self.state]
        self._plane = _start(command, self.folder / "plane.log")

    def stop_plane(self) -> None:
        self._plane.terminate()
        self._plane.wait(30)
        self._plane.stdout.close()

    def start_node(self) -> None:
        python = str(Path(sys.executable).parent)
        image = {"path": f"{python}:{self._programs.kubectl.parent}", "cwd": str(ROOT)}
        service = [*("python", "-m", "tests.support.podservice")]
        table = {f"lab/service:v{n}": {**image, "command": service, "env": {"VERSION": f"v{n}"}} for n in (1, 2)}
        table["lab/tools:v1"] = image
        (self.folder / "images.json").write_text(json.dumps(table))
        options = ["--sync", "60", "--backoff", "1", "--images", self.folder / "images.json"]
        launched = [sys.executable, "-IS", launcher.__file__, os.getpid()]  # ends with the tests, however they end
        command = [
            *launched,
            sys.executable,
            "-m",
            "e2e.cluster.node",
            self.state,
            *options,
            "--cidr",
            self._network.cidr,
        ]
        self._node = _start(command, self.folder / "node.log")

    def kill_node(self) -> None:
        self._node.kill()
        self._node.wait()
        self._node.stdout.close()

    def stop_node(self) -> int:
        self._node.terminate()
        code = self._node.wait(30)
        self._node.stdout.close()
        return code

    def stop(self) -> None:
        if self._node is not None and self._node.poll() is None:
            self.stop_node()
        self.stop_plane()
        self._network.close()

    def kubectl(self, *arguments: str, stdin: str | None = None, check: bool = True) -> str:
        env = {**os.environ, "KUBECONFIG": str(self.state / "kubeconfig")}
        done = subprocess.run(
            [self._programs.kubectl, *arguments],
            input=stdin,
            env=env,
            text=True,
            capture_output=True,
            check=False,
            timeout=120,
        )
        if check and done.returncode != 0:
            raise AssertionError(f"kubectl {' '.join(arguments)}: {done.stderr}\n{self.node_log()}")
        return done.stdout + ("" if check else done.stderr)

    def pod_folder(self, pod: dict[str, Any]) -> Path:
        return self.state / "nodes" / "sandbox" / "pods" / pod["metadata"]["uid"]

    def node_log(self) -> str:
        return (self.folder / "node.log").read_text()


class Namespace:
    """One namespace of the lab."""

    def __init__(self, lab: Lab, name: str):
        self.lab = lab
        self.name = name

    def kubectl(self, *arguments: str, stdin: str | None = None, check: bool = True) -> str:
        return self.lab.kubectl("-n", self.name, *arguments, stdin=stdin, check=check)

    def apply(self, *objects: dict[str, Any]) -> None:
        self.kubectl("apply", "-f", "-", stdin="---\n".join(map(yaml.safe_dump, objects)))

    def rolled_out(self, name: str) -> None:
        self.kubectl("rollout", "status", f"deployment/{name}", f"--timeout={DEADLINE_SECONDS}s")

    def pods(self) -> list[dict[str, Any]]:
        """Return the pods that are not on their way out."""
        items = json.loads(self.kubectl("get", "pods", "-o", "json"))["items"]
        return [pod for pod in items if "deletionTimestamp" not in pod["metadata"]]

    def pod(self) -> dict[str, Any]:
        (pod,) = self.pods()
        return pod

    def events(self) -> list[tuple[str, str]]:
        items = json.loads(self.kubectl("get", "events", "-o", "json"))["items"]
        return [(item["reason"], item["message"]) for item in items]


def eventually(ask: Callable[[], Found], what: str) -> Found:
    """Ask until the answer is true, at most until the deadline."""
    until = time.monotonic() + DEADLINE_SECONDS
    while True:
        answer = ask()
        if answer:
            return answer
        if time.monotonic() > until:
            raise AssertionError(f"not within {DEADLINE_SECONDS} s: {what}; the last answer was {answer!r}")
        time.sleep(0.1)


def container_status(pod: dict[str, Any]) -> dict[str, Any]:
    return pod["status"]["containerStatuses"][0]


def is_ready(pod: dict[str, Any]) -> bool:
    conditions = {entry["type"]: entry["status"] for entry in pod["status"].get("conditions", [])}
    return conditions.get("Ready") == "True"


def ask(pod: dict[str, Any], path: str, method: str = "GET") -> dict[str, Any] | str:
    """Send a request to a pod's service."""
    request = Request(f"http://{pod['status']['podIP']}:8080{path}", method=method)
    with urlopen(request, timeout=10) as answer:  # noqa: S310 - http above
        text = answer.read().decode()
        return json.loads(text) if answer.headers.get_content_type() == "application/json" else text


def answers(pod: dict[str, Any]) -> bool:
    try:
        ask(pod, "/surroundings")
    except (URLError, OSError):
        return False
    return True


def _start(command: list[Any], log: Path) -> subprocess.Popen[str]:
    """Start a program that prints one line when it is ready, and wait for that line."""
    with log.open("ab") as errors:
        process = subprocess.Popen(list(map(str, command)), cwd=ROOT, stdout=subprocess.PIPE, stderr=errors, text=True)
    line = process.stdout.readline()
    if not line:
        raise AssertionError(f"{command[0]} ended with {process.wait()}: {log.read_text()}")
    return process
