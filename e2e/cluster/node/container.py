"""One container: its process, its state, and the loop that keeps it running."""

import asyncio
import signal
import time
from asyncio.subprocess import Process

from e2e.cluster.node import processes
from e2e.cluster.node.actions import Actions
from e2e.cluster.node.api import ApiError, Json
from e2e.cluster.node.backoff import Backoff
from e2e.cluster.node.clock import now
from e2e.cluster.node.environment import command_of
from e2e.cluster.node.probes import Health
from e2e.cluster.node.references import MissingReferenceError
from e2e.cluster.node.runlogs import RunLogs
from e2e.cluster.node.scene import Scene
from e2e.cluster.node.status import exit_code, running, runs_again, terminated, waiting

RETRY_SECONDS = 2
LEAST_GRACE_SECONDS = 2  # what the kubelet leaves after a preStop hook that took all the time
KILLED = 128 + signal.SIGKILL


class CannotStartError(Exception):
    """A run cannot begin; `reason` is what the container's state says."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class Container:
    """A container of a pod on this node."""

    def __init__(self, spec: Json, scene: Scene) -> None:
        self.spec = spec
        self.name: str = spec["name"]
        self.logs = RunLogs(scene.facts.folder, self.name)
        self.state = waiting("ContainerCreating")
        self.last: Json = {}
        self.restarts = 0
        self._scene = scene
        self._backoff = Backoff(scene.shared.backoff)
        self._process: Process | None = None
        self._health: Health | None = None
        self._actions: Actions | None = None
        self._ran_seconds = 0.0
        self._stopping = False

    @property
    def running(self) -> bool:
        """Whether its process lives."""
        return self._process is not None and self._process.returncode is None

    @property
    def process_id(self) -> int:
        """The number of the latest process, 0 before the first."""
        return self._process.pid if self._process else 0

    @property
    def started(self) -> bool:
        """Whether it runs and its startup probe, if any, has succeeded."""
        return self._health is not None and self._health.started

    @property
    def ready(self) -> bool:
        """Whether it takes requests."""
        return self._health is not None and self._health.ready and not self._stopping

    def inherit(self, status: Json) -> None:
        """Go on where an earlier node ended: what ran then was killed with it."""
        self.restarts = status["restartCount"]
        self.last = status.get("lastState", {})
        before = status.get("state", {})
        if "terminated" in before:
            self.state = before
        elif "running" in before:
            self.state = terminated(KILLED, before["running"]["startedAt"], now(), "the node ended")

    async def keep(self, policy: str) -> int:
        """Run it, and again as the restart policy says; returns the last exit code."""
        while True:
            code = exit_code(self.state)
            if code is not None:
                if self._stopping or not runs_again(policy, code):
                    return code
                await self._before_restart()
            try:
                await self._run()
            except CannotStartError as error:
                await self._cannot_start(error)

    async def stop(self, grace_seconds: float) -> None:
        """End it for good: preStop hook, SIGTERM, and SIGKILL after the grace period."""
        self._stopping = True
        self._scene.changed()
        await self._terminate(grace_seconds)

    def kill(self) -> None:
        """End its process at once."""
        self._stopping = True
        if self._process is not None and self.running:
            processes.signal_session(self._process, signal.SIGKILL)

    async def _run(self) -> None:
        command = await self._command()
        try:
            with self.logs.open(self.restarts) as log:
                self._process = await processes.start(command, log)
        except OSError as error:
            raise CannotStartError("CreateContainerError", str(error)) from error
        begun, since = time.monotonic(), now()
        self.state = running(since)
        self._actions = Actions(self.spec, self._scene, command)
        code = await self._watch(self._process)
        self._ran_seconds = time.monotonic() - begun
        self.state = terminated(code, since, now())
        self._scene.changed()

    async def _watch(self, process: Process) -> int:
        """Follow the probes until the process has ended; returns its exit code as a shell would."""
        assert self._actions is not None
        self._health = Health(self.spec, self._actions.perform, self._scene.changed, self._unhealthy)
        self._scene.changed()
        follow = asyncio.create_task(self._health.follow())
        ended = asyncio.create_task(process.wait())
        try:
            await asyncio.wait({follow, ended}, return_when=asyncio.FIRST_COMPLETED)
            if follow.done():
                follow.result()  # a fault of the probes must not be silent
            code = await ended
        finally:
            follow.cancel()
            ended.cancel()
            self._health = None
        processes.signal_session(process, signal.SIGKILL)  # what it started ends with it
        return code if code >= 0 else 128 - code

    async def _command(self) -> processes.Command:
        name = self.spec["image"]
        image = self._scene.shared.images.find(name)
        if image is None:
            raise CannotStartError("ErrImagePull", f"image {name} is not in the node's image table")
        try:
            return await command_of(self.spec, image, self._scene.facts, self._scene.references)
        except (ApiError, MissingReferenceError) as error:
            raise CannotStartError("CreateContainerConfigError", str(error)) from error

    async def _cannot_start(self, error: CannotStartError) -> None:
        self.state = waiting(error.reason, str(error))
        self._scene.changed()
        await self._scene.shared.events.warning(self._scene.facts.pod, "Failed", f"{error.reason}: {error}")
        await asyncio.sleep(RETRY_SECONDS)

    async def _before_restart(self) -> None:
        self.last = self.state
        self.restarts += 1
        wait = self._backoff.after(self._ran_seconds)
        if wait > 0:
            message = f"back-off {wait:g}s before container {self.name} is started again"
            self.state = waiting("CrashLoopBackOff", message)
            self._scene.changed()
            await self._scene.shared.events.warning(self._scene.facts.pod, "BackOff", message)
            await asyncio.sleep(wait)

    async def _unhealthy(self, probe: str, message: str) -> None:
        events, pod = self._scene.shared.events, self._scene.facts.pod
        await events.warning(pod, "Unhealthy", f"{probe} failed: {message}")
        await events.normal(pod, "Killing", f"container {self.name} failed its {probe} and will be restarted")
        own = self.spec[probe].get("terminationGracePeriodSeconds")
        await self._terminate(own or self._scene.facts.spec.get("terminationGracePeriodSeconds", 30))

    async def _terminate(self, grace_seconds: float) -> None:
        process = self._process
        if process is None or not self.running:
            return
        begun = time.monotonic()
        hook = self.spec.get("lifecycle", {}).get("preStop")
        if hook is not None and self._actions is not None:
            failure = await self._actions.perform(hook, grace_seconds)
            if failure is not None:
                await self._scene.shared.events.warning(self._scene.facts.pod, "FailedPreStopHook", failure)
        left = grace_seconds - (time.monotonic() - begun)
        await processes.end(process, max(left, LEAST_GRACE_SECONDS))
