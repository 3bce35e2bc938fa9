"""Golden flag documents and what must be read out of them, by every program that reads them."""

from pathlib import Path

FLAGS = Path(__file__).with_name("flags")

READ = {
    "runbook-20": (
        20,
        {
            "quick_filter_enabled": True,
            "context_analysis_enabled": True,
            "enhanced_filter_enabled": False,
            "cache_enabled": True,
            "learning_mode": False,
            "a_b_testing_enabled": True,
            "continuous_optimization": False,
        },
        "0cecff1fa6d4",
    ),
    "issued-50": (
        50,
        {"cache_enabled": True, "enhanced_filter_enabled": True, "quick_filter_enabled": True},
        "0e6e569b146e",
    ),
    "off": (0, {}, "b270ffb8dad7"),
    "foreign-keys": (100, {"quick_filter_enabled": True, "dark_mode": True}, "b430ba03cdd1"),
    "no-features": (0, {}, "b270ffb8dad7"),
    "empty-blocks": (0, {}, "b270ffb8dad7"),
}
"""name: (traffic percentage, flags, revision). A revision changes only when both programs are released together."""

BROKEN = {
    "broken-syntax": "document: not YAML (ParserError",
    "broken-empty": "document: empty; write at least `feature_flags:` with `traffic_percentage: 0`",
    "broken-list": "document: must be a mapping with the key `feature_flags`",
    "broken-features": "feature_flags: must be a mapping with names as keys",
    "broken-feature-name": "feature_flags: must be a mapping with names as keys",
    "broken-flag-quoted": "feature_flags.quick_filter_enabled: must be true or false, not 'true'",
    "broken-percentage-101": "feature_flags.traffic_percentage: must be a whole number from 0 to 100, not 101",
    "broken-percentage-boolean": "feature_flags.traffic_percentage: must be a whole number from 0 to 100, not True",
    "broken-percentage-fraction": "feature_flags.traffic_percentage: must be a whole number from 0 to 100, not 33.3",
    "broken-percentage-huge": (
        "feature_flags.traffic_percentage: must be a whole number from 0 to 100, not a value of type int"
    ),
    "broken-group-number": "a_b_testing.control_group: must be text, not 8; quote it",
    "broken-attempt": "rollout.attempt: must be a whole number, not '2'",
    "broken-tag": "document: not YAML (KeyError 'perhaps'); mend its syntax",
    "broken-two-documents": "document: not YAML (ComposerError",
    "broken-billion": (
        "feature_flags.traffic_percentage: must be a whole number from 0 to 100, not a value of type list"
    ),
}
"""name: how the error text begins."""


def text(name: str) -> str:
    """One golden document."""
    return (FLAGS / f"{name}.yaml").read_text("utf-8")
