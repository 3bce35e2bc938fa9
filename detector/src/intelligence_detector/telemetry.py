"""The metrics of one app, named by the shared contract."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, Summary, generate_latest

from intelligence_detector.model import InForce
from rollout_contract import metrics as names

SOURCES = ("detect", "batch")
EDGES_MS = (0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500)
"""Bucket edges; 25 ms is the runbook's bound on the average."""


class Metrics:
    """Children are bound once, so every series exists at the start with value 0."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        requests = self._counter(names.REQUESTS, "Requests answered or failed", names.SOURCE_LABEL, names.GROUP_LABEL)
        self.requests = {(s, g): requests.labels(source=s, group=g) for s in SOURCES for g in names.GROUPS}
        self.errors = self._by_group(names.ERRORS, "Requests that ended in an error of ours")
        time = Histogram(
            names.DETECTION_TIME, "Milliseconds of one detection", ["group"], buckets=EDGES_MS, registry=self.registry
        )
        self.time = {group: time.labels(group=group) for group in names.GROUPS}
        self.feedback = self._by_group(names.FEEDBACK, "Answers that somebody judged")
        self.right = self._by_group(names.FEEDBACK_RIGHT, "Answers judged right")
        satisfaction = Summary(names.SATISFACTION, "Satisfaction from 1 to 5", ["group"], registry=self.registry)
        self.satisfaction = {group: satisfaction.labels(group=group) for group in names.GROUPS}
        self.cache_hits = self._counter(names.CACHE_HITS, "Answers found in the cache")
        self.cache_misses = self._counter(names.CACHE_MISSES, "Answers looked for in the cache in vain")
        self._percentage = self._gauge(names.TREATMENT_PERCENTAGE, "Traffic percentage in force")
        self._info = Gauge(names.FLAGS_INFO, "1 for the revision in force", ["revision"], registry=self.registry)
        self._valid = self._gauge(names.FLAGS_VALID, "1 while the mounted document is the one in force")

    def show(self, in_force: InForce) -> None:
        """Report the flags in force."""
        self._percentage.set(in_force.traffic_percentage)
        self._info.clear()
        self._info.labels(revision=in_force.revision).set(1)
        self._valid.set(in_force.source == "document" and in_force.error is None)

    def exposition(self) -> bytes:
        """All series in the Prometheus text format."""
        return generate_latest(self.registry)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(name, text, labels, registry=self.registry)

    def _by_group(self, name: str, text: str) -> dict[str, Counter]:
        counter = self._counter(name, text, names.GROUP_LABEL)
        return {group: counter.labels(group=group) for group in names.GROUPS}

    def _gauge(self, name: str, text: str) -> Gauge:
        return Gauge(name, text, registry=self.registry)
