"""Which queries a tick asks, and with which words."""

from datetime import datetime, timedelta
from typing import Final

from rollout_operator.crd import Rollout
from rollout_operator.model.seen import Lack
from rollout_operator.model.spec import Gate
from rollout_operator.model.status import State

RETRY_BAD_QUERY: Final = timedelta(minutes=1)
"""A query that cannot be parsed is asked again after an edit, or after this time."""


EARLY: Final = 0.9
"""A tick that comes this share of the interval after the last look is a look."""


def gates_to_ask(rollout: Rollout, looked_at: datetime | None, now: datetime) -> tuple[Gate, ...]:
    """The gates of the phase that are due; none while there is no traffic, but for a rollback that must be proven."""
    status = rollout.status
    if status.traffic_percent == 0 and status.phase is not State.ROLLING_BACK:
        return ()
    gates = rollout.spec.gates_of(rollout.spec.phase(status.phase_name))
    due = looked_at is None or now - looked_at >= EARLY * rollout.spec.interval
    asked = gates if due else [gate for gate in gates if status.gate(gate.name) is None]
    return tuple(gate for gate in asked if not _known_bad(rollout, gate, now))


def fill(query: str, rollout: Rollout) -> str:
    """Replace $(namespace), $(deployment) and $(rollout)."""
    names = {
        "namespace": rollout.namespace,
        "deployment": rollout.spec.target.deployment.name,
        "rollout": rollout.name,
    }
    for name, value in names.items():
        query = query.replace(f"$({name})", value)
    return query


def _known_bad(rollout: Rollout, gate: Gate, now: datetime) -> bool:
    before = rollout.status.gate(gate.name)
    if before is None or before.since is None or before.reason != Lack.BAD_QUERY:
        return False
    return rollout.status.observed_generation == rollout.generation and now - before.since < RETRY_BAD_QUERY
