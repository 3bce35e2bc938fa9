"""Fuzz one target in this process, which ends with it: `python -m e2e.fuzz.one TARGET [libFuzzer options]`."""

from __future__ import annotations

import logging
import sys

import atheris  # type: ignore[import-untyped] # it ships none


def main() -> None:
    """Import the target with instrumented branches and run it until the options say stop."""
    with atheris.instrument_imports(include=["intelligence_detector", "rollout_contract"]):
        from e2e.fuzz.targets import TARGETS  # noqa: PLC0415 - instrumented while it is imported

    logging.disable()
    check = TARGETS[sys.argv[1]]

    def one(raw: bytes) -> None:
        check(raw.decode("utf-8", "surrogateescape"), raw)

    atheris.Setup([sys.argv[0], *sys.argv[2:]], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
