"""What hostile input costs, in milliseconds of one core and in memory: `python -m e2e.bench.hostile [--json F]`.

Every figure is the worst of all calls, the first one too. Processor time is judged, the wall clock stands beside it.
What is beyond its bound is measured once more: a stall of the machine does not come twice at the same input.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from e2e.bench.hostile_inputs import HOSTILE
from intelligence_detector import explicit
from intelligence_detector.app import default_pipelines
from intelligence_detector.lexicon import load_examples, normalise
from intelligence_detector.model import Group, Pipeline, Request, Switches
from intelligence_detector.patterns import MAX_PATTERNS, Pattern, Patterns
from intelligence_detector.settings import Settings
from intelligence_detector.surface import TooLongError

CALLS: Final = 20
MOST_MS: Final = 5.0
MOST_MB: Final = 10.0
EVERY_TIER: Final = Switches(quick_filter=True, context_analysis=True, enhanced_filter=True, cache=False)

Subject = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Cost:
    """The worst that one input did to one subject."""

    input: str
    subject: str
    cpu_ms: float
    wall_ms: float
    peak_mb: float

    @property
    def within(self) -> bool:
        """Neither too slow nor too big."""
        return self.cpu_ms <= MOST_MS and self.peak_mb <= MOST_MB


def subjects() -> dict[str, Subject]:
    """Everything that sees a raw text, warmed by ordinary requests."""
    pipelines = default_pipelines(Settings())
    patterns = Patterns(_patterns())
    found: dict[str, Subject] = {
        "normaliser": normalise,
        "explicit": explicit.read,
        "patterns": lambda text: patterns.match(normalise(text)),
    }
    groups: tuple[Group, ...] = ("treatment", "control")
    loop = asyncio.new_event_loop()
    found |= {group: _asked(pipelines[group], group, loop) for group in groups}
    for example in load_examples()[::10]:
        for subject in found.values():
            subject(example.normal.text)
    return found


def _patterns() -> list[Pattern]:
    """As many as may be, of words that requests are made of, so that most of them are met in part."""
    forms = [example.normal.folded[-3:] for example in load_examples()]
    return [Pattern(tuple(dict.fromkeys(words)), "qa") for words in forms[:MAX_PATTERNS]]


def measure(name: str, text: str, subject_name: str, subject: Subject) -> Cost:
    """Call it some times by the clocks, then once under the memory tracer."""
    timed = [_timed(subject, text) for _ in range(CALLS)]
    tracemalloc.start()
    _call(subject, text)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    cpu, wall = (max(column) * 1_000 for column in zip(*timed, strict=True))
    return Cost(name, subject_name, round(cpu, 3), round(wall, 3), round(peak / 1e6, 3))


def main(arguments: list[str] | None = None) -> int:
    """Measure all, print the worst; 1 when one costs too much."""
    parser = argparse.ArgumentParser(prog="python -m e2e.bench.hostile", description="What hostile input costs.")
    parser.add_argument("--json", type=Path, metavar="FILE")
    chosen = parser.parse_args(arguments)
    costs = list(_costs())
    summary = {name: asdict(cost) for name, cost in _worst(costs).items()}
    for name, worst in summary.items():
        print(f"{name:<11} worst {worst['cpu_ms']:7.3f} ms ({worst['input']}), {worst['peak_mb']:6.3f} MB at most")
    beyond = [cost for cost in costs if not cost.within]
    for cost in beyond:
        print(f"too much: {cost.subject}, {cost.input}: {cost.cpu_ms} ms, {cost.peak_mb} MB")
    if chosen.json:
        report = {"bounds": {"ms": MOST_MS, "mb": MOST_MB}, "worst": summary, "costs": [asdict(cost) for cost in costs]}
        chosen.json.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", "utf-8")
    return 1 if beyond else 0


def _costs() -> Iterator[Cost]:
    for subject_name, subject in subjects().items():
        for name, text in HOSTILE.items():
            cost = measure(name, text, subject_name, subject)
            yield cost if cost.within else measure(name, text, subject_name, subject)


def _worst(costs: list[Cost]) -> dict[str, Cost]:
    """By subject, the slowest input's cost with the biggest memory of all."""
    found: dict[str, Cost] = {}
    for subject in dict.fromkeys(cost.subject for cost in costs):
        own = [cost for cost in costs if cost.subject == subject]
        slowest = max(own, key=lambda cost: cost.cpu_ms)
        peak = max(cost.peak_mb for cost in own)
        found[subject] = Cost(slowest.input, subject, slowest.cpu_ms, max(cost.wall_ms for cost in own), peak)
    return found


def _asked(pipeline: Pipeline, group: Group, loop: asyncio.AbstractEventLoop) -> Subject:
    return lambda text: loop.run_until_complete(pipeline(Request(text, group=group, switches=EVERY_TIER)))


def _timed(subject: Subject, text: str) -> tuple[float, float]:
    cpu, wall = time.thread_time(), time.perf_counter()
    _call(subject, text)
    return time.thread_time() - cpu, time.perf_counter() - wall


def _call(subject: Subject, text: str) -> None:
    with suppress(TooLongError):
        subject(text)


if __name__ == "__main__":
    sys.exit(main())
