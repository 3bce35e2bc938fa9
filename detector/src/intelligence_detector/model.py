"""The frozen values that travel through the detector."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

Group = Literal["control", "treatment"]


@dataclass(frozen=True, slots=True)
class Switches:
    """The feature flags that a detection obeys."""

    quick_filter: bool = False
    context_analysis: bool = False
    enhanced_filter: bool = False
    cache: bool = False

    @property
    def any_tier(self) -> bool:
        """True when the treatment has at least one tier to answer with."""
        return self.quick_filter or self.context_analysis or self.enhanced_filter


@dataclass(frozen=True, slots=True)
class Hints:
    """What the caller knows beside the text: the last specialists, newest last, paths of the files at hand, project."""

    previous: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    project: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """One request, with everything of the flag document that concerns it: one request sees one document."""

    text: str
    request_id: str = ""
    group: Group = "control"
    revision: str = ""
    switches: Switches = Switches()
    hints: Hints = Hints()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one tier thinks: its best specialist (None: no idea) and the chance 0-1 that it is right."""

    specialist: str | None
    confidence: float
    tier: str
    ranking: tuple[tuple[str, float], ...] = ()
    """The likeliest labels with their chances among all labels, also when the tier abstains."""
    also: tuple[str, ...] = ()
    """Further specialists when one request asks for several things."""
    close: bool = False
    """Whether the best two are so near to each other that the caller had better ask."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the caller gets; `specialist` None means that the detector abstains."""

    specialist: str | None
    flags: tuple[str, ...]
    confidence: float
    tier: str
    group: Group
    revision: str
    request_id: str
    cached: bool | None = None
    """Whether the cache knew the answer; None when it was not asked."""
    alternatives: tuple[tuple[str, float], ...] = ()
    """The likeliest specialists with their chances, the best first; also when the detector abstains."""
    also: tuple[str, ...] = ()
    """Further specialists when the request asks for several things."""
    question: str | None = None
    """What to ask the user when the best two are close."""


Pipeline = Callable[[Request], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class InForce:
    """The flags in force as one snapshot, and where they come from."""

    features: Mapping[str, bool] = field(default_factory=lambda: MappingProxyType({}))
    traffic_percentage: int = 0
    revision: str = ""
    source: Literal["document", "defaults"] = "defaults"
    error: str | None = None
    """Why the mounted document is not the one in force."""

    switches: Switches = field(init=False)
    """The part of the features that a detection obeys."""

    def __post_init__(self) -> None:
        """Once for each document, not for each request."""
        switches = Switches(
            quick_filter=self._on("quick_filter_enabled"),
            context_analysis=self._on("context_analysis_enabled"),
            enhanced_filter=self._on("enhanced_filter_enabled"),
            cache=self._on("cache_enabled"),
        )
        object.__setattr__(self, "switches", switches)

    def _on(self, name: str) -> bool:
        return self.features.get(name) is True
