"""The operator's own metrics and logs."""

import logging
import sys
from importlib.metadata import version
from typing import Any, Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from pythonjsonlogger.json import JsonFormatter

from rollout_operator.model.seen import Lack
from rollout_operator.model.status import State, Status
from rollout_operator.ports import Key

PREFIX: Final = "intelligence_rollout"
SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
LABELS: Final = ("namespace", "name")


class Telemetry:
    """All metrics, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        own: dict[str, Any] = {"namespace": PREFIX, "registry": self.registry}
        self._reconciles = Counter("reconcile", "Looks at a rollout, by result.", ["result"], **own)
        self._reconcile_time = Histogram("reconcile_duration_seconds", "Time of one look.", buckets=SECONDS, **own)
        self._verdicts = Counter("gate_verdict", "Verdicts of gates.", [*LABELS, "gate", "verdict"], **own)
        self._queries = Histogram(
            "provider_query_duration_seconds", "Time of one query.", ["result"], buckets=SECONDS, **own
        )
        self._requests = Counter("api_requests", "Requests to the API server.", ["verb", "resource", "code"], **own)
        self._traffic = Gauge("traffic_percent", "Traffic the flag document asks for.", LABELS, **own)
        self._effective = Gauge("effective_percent", "Traffic every pod confirms.", LABELS, **own)
        self._phase = Gauge("phase", "1 for the phase the rollout is in.", [*LABELS, "phase"], **own)
        self._rollbacks = Counter("rollbacks", "Rollbacks started.", [*LABELS, "ladder"], **own)
        self._tick_age = Gauge("tick_age_seconds", "Time since the scheduler last went round.", **own)
        build = Gauge("build_info", "1, with the version.", ["version"], **own)
        build.labels(version("intelligence-rollout")).set(1)

    def reconciled(self, result: str, seconds: float) -> None:
        """One look at a rollout has ended."""
        self._reconciles.labels(result).inc()
        self._reconcile_time.observe(seconds)

    def queried(self, seconds: float, lack: Lack | None) -> None:
        """A metrics provider has answered, or not."""
        self._queries.labels(lack.value if lack else "Value").observe(seconds)

    def requested(self, verb: str, resource: str, code: int) -> None:
        """The API server has answered; code 0 when it has not."""
        self._requests.labels(verb, resource, str(code)).inc()

    def ticked(self, age: float) -> None:
        """How long ago the scheduler went round."""
        self._tick_age.set(age)

    def show(self, key: Key, status: Status) -> None:
        """The state of a rollout as gauges."""
        where = (key.namespace, key.name)
        self._traffic.labels(*where).set(status.traffic_percent)
        self._effective.labels(*where).set(status.effective_percent)
        for state in State:
            self._phase.labels(*where, state.value).set(state is status.phase)

    def judged(self, key: Key, gate: str, verdict: str) -> None:
        """A gate gave its verdict."""
        self._verdicts.labels(key.namespace, key.name, gate, verdict).inc()

    def rolled_back(self, key: Key, ladder: str) -> None:
        """A rollback was started."""
        self._rollbacks.labels(key.namespace, key.name, ladder).inc()

    def forget(self, key: Key) -> None:
        """Take a deleted rollout out of all metrics, or its last values would be shown for ever."""
        for metric in (self._traffic, self._effective, self._phase, self._verdicts, self._rollbacks):
            metric.remove_by_labels({"namespace": key.namespace, "name": key.name})


def log_as_json(level: str) -> None:
    """One JSON object a line on standard error, whoever logs."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        JsonFormatter(
            "%(levelname)s %(name)s %(message)s",
            timestamp=True,
            rename_fields={"levelname": "level", "name": "logger", "rollout": "name", "exc_info": "exception"},
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.getLogger("kopf").setLevel(max(logging.WARNING, root.level))  # it tells of every event it hands over
