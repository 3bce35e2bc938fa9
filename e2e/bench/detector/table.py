"""One line per figure: what was measured, its floor, its aim, and what the runbook asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.table import Table

Row = tuple[str, str, str, str, str]

TIERS = {"quick_filter": "4.2 ms", "context_enhanced": "52 ms", "full_analysis": "", "abstain": ""}
BARS = {"clinc150": ("92.5 %", "94 %"), "banking77": ("92 %", "93.5 %"), "commit-areas": ("74 %", "80 %")}


def rows_of(found: dict[str, Any]) -> list[Row]:
    """Figure, measured, floor, aim, the runbook's target."""
    return [
        *_process(found.get("process", {})),
        *_own(found.get("own", {})),
        *_sets(found.get("sets", {})),
        *_held(found.get("held", {})),
        *_distilled(found.get("distilled", {})),
        *_routing(found.get("routing", {})),
        *_robustness(found.get("robustness", {})),
    ]


def table_of(rows: list[Row]) -> Table:
    """For a terminal."""
    table = Table("figure", "measured", "floor", "aim", "runbook")
    for row in rows:
        table.add_row(*row)
    return table


def _process(one: dict[str, Any]) -> Iterator[Row]:
    if one:
        echo = one["echo_requests_per_second"]
        yield "start until /health answers", f"{one['start_seconds']:.2f} s", "3 s", "1 s", ""
        yield "memory under load", f"{one['memory_mb']:.0f} MB", "200 MB", "150 MB", ""
        yield (
            "requests/s, 16 connections; aim: half a bare echo",
            f"{one['requests_per_second']:.0f}",
            "2500",
            f"{echo / 2:.0f}",
            "",
        )
        yield "decisions/s in batches", f"{one['batch_decisions_per_second']:.0f}", "", "9000", ""


def _own(own: dict[str, Any]) -> Iterator[Row]:
    for name, report in own.items():
        yield f"own {name}: accuracy", _share(report["forced_accuracy"]), "", "95 %", "98 % on its 35 tests"
        yield f"own {name}: legacy accuracy", _share(report["legacy_accuracy"]), "", "", ""
        yield f"own {name}: calibration error", f"{report['ece']:.3f}", "", "", ""
        yield from _tiers(f"own {name}", report)


def _tiers(title: str, report: dict[str, Any]) -> Iterator[Row]:
    for tier, target in TIERS.items():
        if tier in report["tiers"]:
            one = report["tiers"][tier]
            figures = f"{one['p50']:.2f} / {one['p99']:.2f} ms of {one['share']:.1%}"
            yield f"{title}: {tier} p50 / p99", figures, "", "", target


def _sets(sets: dict[str, Any]) -> Iterator[Row]:
    for name, one in sets.items():
        for kind in ("plain", "encoder"):
            if kind in one:
                yield from _set(f"{name} ({kind})", name, one[kind])
        scan, linear = one["scan"], one["linear"]
        faster = scan["latency_ms"]["p50"] / one["plain"]["latency_ms"]["p50"]
        yield f"{name}: scan of rapidfuzz", _share(scan["accuracy"]), "", "ours above", ""
        yield f"{name}: ours faster than the scan", f"{faster:.0f} times", "20 times", "", ""
        yield f"{name}: plain linear model", _share(linear["accuracy"]), "", "ours above", ""
        yield f"{name}: legacy", _share(one["plain"]["legacy_accuracy"]), "", "", ""


def _set(title: str, name: str, report: dict[str, Any]) -> Iterator[Row]:
    latency = report["latency_ms"]
    yield f"{title}: forced accuracy", _share(report["forced_accuracy"]), *BARS[name], ""
    yield f"{title}: right when answered", _share(report["accuracy_when_answered"]), "", "", ""
    yield f"{title}: answered", _share(report["coverage"]), "", "", ""
    if report["oos_recall"]["of"]:
        yield f"{title}: outside refused", _share(report["oos_recall"]), "", "", ""
        yield f"{title}: outside refused, 92.5 % kept", _share(report["oos_recall_at_925_kept"]), "67 %", "80 %", ""
        yield f"{title}: calibration error", f"{report['ece']:.3f}", ".03", ".02", ""
    if name == "commit-areas":
        yield f"{title}: coverage at 95 % precision", f"{report['coverage_at_95_precision']:.1%}", "28 %", "40 %", ""
    quick = report["tiers"].get("quick_filter", {"share": 0.0})["share"]
    yield f"{title}: decided by the quick filter", f"{quick:.1%}", "", "60 %" if "encoder" in title else "", ""
    if "encoder" in title:
        yield f"{title}: mean time", f"{latency['mean']:.2f} ms", "", "8 ms", "25 ms"
    else:
        times = f"{latency['p50']:.2f} / {latency['p99']:.2f} / {latency['max']:.1f} ms"
        yield f"{title}: time p50 / p99 / max", times, "p99 1 ms", "p99 0.5 ms, max 5 ms", "25 ms"
    yield from _tiers(title, report)
    yield f"{title}: training", f"{report['train_seconds']:.0f} s", "60 s", "", ""


def _held(held: dict[str, Any]) -> Iterator[Row]:
    for name, one in held.items():
        floor, aim = ("72.2 %", "84 %") if name.endswith("10") else ("82.8 %", "90 %")
        yield f"held back, {name} (plain)", _share(one["plain"]["forced_accuracy"]), floor, "", ""
        if "encoder" in one:
            yield f"held back, {name} (encoder)", _share(one["encoder"]["forced_accuracy"]), "", aim, ""
        yield f"held back, {name}: plain linear model", _share(one["linear"]["accuracy"]), "", "ours above", ""


def _distilled(sets: dict[str, Any]) -> Iterator[Row]:
    for name, one in sets.items():
        before, after = (
            one[kind]["tiers"].get("quick_filter", {"share": 0.0})["share"] for kind in ("without", "with")
        )
        yield (
            f"{name} at 10, texts without labels: quick filter decides",
            f"{before:.1%} -> {after:.1%}",
            "",
            "grows",
            "",
        )
        shares = " -> ".join(f"{one[kind]['forced_accuracy']['value']:.1%}" for kind in ("without", "with"))
        yield f"{name} at 10, texts without labels: forced accuracy", shares, "", "no loss", ""


def _routing(one: dict[str, Any]) -> Iterator[Row]:
    for kind in ("plain", "encoder"):
        if kind in one:
            value = f"{one[kind]['top_1']:.1%} / {one[kind]['top_3']:.1%}"
            yield f"agent routing ({kind}): top 1 / top 3", value, "40 / 59 %", "50 / 70 %", ""


def _robustness(sets: dict[str, Any]) -> Iterator[Row]:
    for name, noises in sets.items():
        for noise, one in noises.items():
            yield f"{name}: lost to {noise}", f"{100 * one['lost']:.1f} points", "8", "3", ""


def _share(one: dict[str, Any]) -> str:
    return f"{one['value']:.1%} ({one['low']:.1%} to {one['high']:.1%})"
