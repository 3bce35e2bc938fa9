"""`python -m e2e.bench.detector`: every figure beside its floor, its aim and the runbook's target."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from rich.console import Console

from e2e.bench.detector import data, encoder, process, sections
from e2e.bench.detector.table import rows_of, table_of
from intelligence_detector import default
from intelligence_detector.learn import plots

SECTIONS = ("process", "own", *sections.SETS, "held", "distilled", "routing", "robustness")


def main(arguments: list[str] | None = None) -> int:
    """Run the chosen sections; the result is the exit code."""
    chosen = _parser().parse_args(arguments)
    console = Console(stderr=True)
    try:
        folder = data.root(chosen.data)
    except data.DataMissingError as error:
        console.print(str(error), style="red")
        return 2
    with_encoder = None if chosen.no_encoder else chosen.encoder or encoder.fetched()
    if with_encoder is None:
        console.print("no encoder: run `make encoder` to measure with the reference encoder too")
    bench = sections.Bench(folder, with_encoder, chosen.seed, lambda line: console.print(f"[dim]{line}"))
    found: dict[str, Any] = {"seed": chosen.seed, "encoder": with_encoder.name if with_encoder else None, "sets": {}}
    for name in (section for section in SECTIONS if section in chosen.only):
        if name in sections.SETS:
            found["sets"][name] = sections.label_set(bench, name)
        else:
            found[name] = PARTS[name](bench)
        _write(found, chosen.json)
    Console().print(table_of(rows_of(found)))
    for name, one in found["sets"].items() if chosen.plots else ():
        plots.draw(one.get("encoder", one["plain"]), chosen.plots / name)
    return 0


def _write(found: dict[str, Any], path: Path | None) -> None:
    """After every part, as all of them take a while."""
    if path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(found | {"rows": rows_of(found)}, indent=2) + "\n", "utf-8")


def _process(_bench: sections.Bench) -> dict[str, Any]:
    """The start of the program is measured with its model built, as an image has it."""
    default.models()
    return process.measure()


PARTS: Mapping[str, Callable[[sections.Bench], dict[str, Any]]] = MappingProxyType(
    {
        "process": _process,
        "own": sections.own_specialists,
        "held": sections.held_back,
        "distilled": sections.distilled,
        "routing": sections.routing,
        "robustness": sections.robustness,
    }
)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m e2e.bench.detector")
    parser.add_argument("--data", type=Path, help=f"the data sets (else {data.VARIABLE}, else beside the checkout)")
    parser.add_argument("--encoder", type=Path, help="a sentence encoder (else the one that `make encoder` fetched)")
    parser.add_argument("--no-encoder", action="store_true")
    parser.add_argument("--only", nargs="+", choices=SECTIONS, default=list(SECTIONS))
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--plots", type=Path)
    return parser


if __name__ == "__main__":
    sys.exit(main())
