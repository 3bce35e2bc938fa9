"""Two pictures of a report: is its confidence true, and how right is it when it answers less."""

from pathlib import Path
from typing import Any


class PlotsMissingError(RuntimeError):
    """The library that draws is not installed."""


def draw(report: dict[str, Any], folder: Path) -> list[Path]:
    """Write `reliability.svg` and `coverage.svg` into a folder."""
    try:
        from matplotlib.figure import Figure  # noqa: PLC0415 - nothing else needs it
    except ImportError as error:
        message = "plots need matplotlib: pip install 'intelligence-rollout[plots]'"
        raise PlotsMissingError(message) from error
    folder.mkdir(parents=True, exist_ok=True)
    reliability, coverage = Figure(figsize=(5, 5)), Figure(figsize=(6, 4))
    _reliability(reliability.add_subplot(), report)
    _coverage(coverage.add_subplot(), report)
    paths = [folder / "reliability.svg", folder / "coverage.svg"]
    for figure, path in zip((reliability, coverage), paths, strict=True):
        figure.savefig(path, bbox_inches="tight", metadata={"Date": None})
    return paths


def _reliability(axes: Any, report: dict[str, Any]) -> None:  # noqa: ANN401 - matplotlib is not always there
    bins = [one for one in report["reliability"] if one["count"]]
    axes.plot([0, 1], [0, 1], color="0.7", linestyle="--", label="ideal")
    axes.plot([one["confidence"] for one in bins], [one["right"] for one in bins], marker="o", label="measured")
    axes.set(xlabel="confidence", ylabel="share right", title=f"Reliability (ece {report['ece']:.3f})", xlim=(0, 1))
    axes.legend()


def _coverage(axes: Any, report: dict[str, Any]) -> None:  # noqa: ANN401 - as above
    curve = report["accuracy_over_coverage"]
    axes.plot([one["coverage"] for one in curve], [one["accuracy"] for one in curve])
    axes.set(xlabel="share answered, the surest first", ylabel="accuracy", title="Accuracy over coverage", xlim=(0, 1))
    axes.grid(visible=True, alpha=0.3)
