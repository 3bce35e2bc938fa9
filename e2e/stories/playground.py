"""`up`: the cluster of the stories without a story, for people to try things in."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from pathlib import Path

from rich.console import Console

from e2e.stories.board import Board
from e2e.stories.deploy import MANIFESTS, ROOT
from e2e.stories.embedded import Embedded
from e2e.stories.runner import KEPT_LOGS, Scene, reason_of, running
from e2e.stories.screen import Screen

SYNC_SECONDS = 1.0
"""What a hand changes is seen at once, without an annotation on the pods."""
PID_FILE = ROOT / "build" / "up.pid"


async def up(console: Console) -> int:
    """Start everything, say what can be tried, and stay until Ctrl-C or `down`."""
    environment = Embedded(sync_seconds=SYNC_SECONDS)
    screen = Screen(console, live=False)
    PID_FILE.parent.mkdir(parents=True, exist_ok=True)
    PID_FILE.write_text(str(os.getpid()), encoding="utf-8")
    board = Board(time.time)
    try:
        with screen.shown("up", board):
            async with running(environment, board, screen) as scene:
                for line in invitation(scene):
                    console.print(line, markup=False, highlight=False, soft_wrap=True)
                await asyncio.Event().wait()
    except asyncio.CancelledError:
        console.print("ending")
    except Exception as error:  # noqa: BLE001 - whatever broke, a person gets one line and the logs
        environment.keep_logs(KEPT_LOGS / "up")
        console.print(f"could not go on: {reason_of(error)}", style="red", markup=False, soft_wrap=True)
        console.print(f"logs: {(KEPT_LOGS / 'up').relative_to(ROOT)}")
        return 1
    finally:
        PID_FILE.unlink(missing_ok=True)
        await environment.down()
    return 0


def invitation(scene: Scene) -> list[str]:
    """Addresses and three things to try."""
    environment = scene.stage.environment
    detectors = scene.stage.board.addresses()
    manifests = MANIFESTS.relative_to(ROOT)
    ask = json.dumps({"text": "build login screen"})
    faults = json.dumps({"data": {"faults.json": json.dumps({"errors": 0.5})}})
    return [
        "",
        f"export KUBECONFIG={environment.kubeconfig}",
        f"alias kubectl='{environment.try_kubectl}'",
        f"Prometheus    {environment.prometheus}",
        f"Alertmanager  {environment.alertmanager}",
        *(f"detector      {address}" for address in detectors),
        "",
        "try:",
        f"  1. kubectl apply -f {manifests}/rollout.yaml && kubectl get irol -n intelligence --watch",
        f"  2. kubectl patch cm detector-faults -n intelligence --type=merge -p '{faults}'",
        f"  3. curl -s {detectors[0]}/api/detect -H 'Content-Type: application/json' -d '{ask}'",
        "",
        "Ctrl-C or `make down` ends it.",
    ]


def take_down(console: Console) -> int:
    """Ask a running `up` to end and wait until it has."""
    pid = _running_pid()
    if pid is None:
        console.print("nothing is up")
        return 0
    os.kill(pid, signal.SIGTERM)
    while Path(f"/proc/{pid}").exists():
        time.sleep(0.1)
    console.print("down")
    return 0


def _running_pid() -> int | None:
    try:
        pid = int(PID_FILE.read_text(encoding="utf-8"))
        mine = b"e2e.stories" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except (OSError, ValueError):
        return None
    return pid if mine else None
