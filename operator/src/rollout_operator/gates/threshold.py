"""The threshold gate: one value against a bound that passes and one that fails."""

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from rollout_operator.gates.bound import meets
from rollout_operator.model.seen import Answer, Lack, Samples
from rollout_operator.model.spec import Gate, Threshold
from rollout_operator.model.status import GateStatus, VerdictKind

FAILING: Final = "FailingNotConfirmed"
"""A look failed, but not yet as often as `failFor` asks."""

_KIND: Final = {
    Lack.UNREACHABLE: VerdictKind.PROVIDER_ERROR,
    Lack.TIMEOUT: VerdictKind.PROVIDER_ERROR,
    Lack.BAD_ANSWER: VerdictKind.PROVIDER_ERROR,
    Lack.BAD_QUERY: VerdictKind.CONFIG_ERROR,
    Lack.SEVERAL_SERIES: VerdictKind.CONFIG_ERROR,
}
"""Every other lack is Inconclusive."""


@dataclass(frozen=True, slots=True)
class _Look:
    verdict: VerdictKind
    reason: str
    message: str
    bound: str = ""


def assess(gate: Gate, samples: Samples, before: GateStatus | None, now: datetime) -> GateStatus:
    """Judge one look at a gate together with its last looks."""
    look = _look(gate.threshold, samples)
    recent = _recent(gate.threshold, look.verdict, before.recent if before else "")
    if look.verdict is VerdictKind.FAIL and not _confirmed(gate.threshold, recent):
        look = _Look(VerdictKind.INCONCLUSIVE, FAILING, f"{look.message}; {gate.threshold.fail_for} must", look.bound)
    same = before is not None and (before.verdict, before.reason) == (look.verdict, look.reason)
    return GateStatus(
        name=gate.name,
        verdict=look.verdict,
        reason=look.reason,
        value=_number(samples.value),
        bound=look.bound,
        samples=_number(samples.count),
        message=look.message[:512],
        since=before.since if before and same else now,
        recent=recent,
    )


def _look(threshold: Threshold, samples: Samples) -> _Look:
    lacking = next((a for a in (samples.value, samples.count) if a and a.lack), None)
    if lacking and lacking.lack:
        return _Look(_KIND.get(lacking.lack, VerdictKind.INCONCLUSIVE), lacking.lack, lacking.message or lacking.lack)
    count = samples.count.value if samples.count else None
    if count is not None and not count >= threshold.min_samples:
        return _Look(
            VerdictKind.INCONCLUSIVE,
            Lack.TOO_FEW_SAMPLES,
            f"{count:g} of the {threshold.min_samples} samples that are needed",
        )
    value = samples.value.value
    return _compare(threshold, math.nan if value is None else value)


def _compare(threshold: Threshold, value: float) -> _Look:
    if math.isnan(value):
        return _Look(VerdictKind.INCONCLUSIVE, Lack.NAN, "the query yields NaN")
    if meets(value, threshold.fail):
        return _Look(VerdictKind.FAIL, "OverBound", f"{value:.4g} fails at {threshold.fail}", threshold.fail)
    if math.isinf(value):
        return _Look(VerdictKind.INCONCLUSIVE, "Infinite", "the query yields infinity", threshold.pass_)
    if meets(value, threshold.pass_):
        return _Look(VerdictKind.PASS, "WithinBound", f"{value:.4g} passes at {threshold.pass_}", threshold.pass_)
    between = f"{value:.4g} lies between {threshold.fail} (fails) and {threshold.pass_} (passes)"
    return _Look(VerdictKind.INCONCLUSIVE, "BetweenBounds", between, threshold.pass_)


def _letters(threshold: Threshold) -> tuple[int, int]:
    needed, _, window = threshold.fail_for.split(" ")
    return int(needed), int(window)


def _recent(threshold: Threshold, verdict: VerdictKind, before: str) -> str:
    letter = {VerdictKind.PASS: "P", VerdictKind.FAIL: "F"}.get(verdict, "-")
    return (before + letter)[-_letters(threshold)[1] :]


def _confirmed(threshold: Threshold, recent: str) -> bool:
    return recent.count("F") >= _letters(threshold)[0]


def _number(answer: Answer | None) -> str:
    return "" if answer is None or answer.value is None else f"{answer.value:.4g}"
