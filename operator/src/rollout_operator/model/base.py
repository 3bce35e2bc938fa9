"""The base of all values that travel as YAML: frozen, camelCase outside, snake_case inside."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer
from pydantic.alias_generators import to_camel

from rollout_operator import durations


class Value(BaseModel):
    """A frozen value; keys that this version does not know are ignored."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True, extra="ignore")


def _duration(value: Any) -> Any:  # noqa: ANN401 - whatever stands in the YAML
    return durations.parse(value) if isinstance(value, str) else value


def rfc3339(moment: datetime) -> str:
    """RFC 3339 in UTC with milliseconds."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


Duration = Annotated[timedelta, BeforeValidator(_duration), PlainSerializer(durations.show)]
"""A timedelta that reads and writes `1h30m`."""

PreciseDuration = Annotated[
    timedelta,
    BeforeValidator(_duration),
    PlainSerializer(lambda duration: f"{round(duration.total_seconds(), 3):g}s"),
]
"""A timedelta that keeps its milliseconds (`72.345s`), for sums that must survive a restart."""

Time = Annotated[datetime, PlainSerializer(rfc3339)]
"""A moment, RFC 3339 in UTC with milliseconds."""
