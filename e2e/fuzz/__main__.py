"""Fuzz every target for a bounded time: `python -m e2e.fuzz [--seconds 20] [--seed 7] [TARGET ...]`."""

from __future__ import annotations

import argparse
import re
import subprocess
import sys

from e2e.fuzz.targets import FOLDER, SEEDS, TARGETS, WORDS


def main(arguments: list[str] | None = None) -> int:
    """Run the targets one after the other; 1 when an input broke a promise."""
    parser = argparse.ArgumentParser(prog="python -m e2e.fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"{', '.join(TARGETS)}; all when none is named")
    parser.add_argument("--seconds", type=int, default=20, help="for each target")
    parser.add_argument("--seed", type=int, default=7)
    chosen = parser.parse_args(arguments)
    unknown = [name for name in chosen.targets if name not in TARGETS]
    if unknown:
        parser.error(f"{unknown[0]} is no target; there are {', '.join(TARGETS)}")
    broken = [name for name in chosen.targets or TARGETS if not _fuzz(name, chosen.seconds, chosen.seed)]
    return 1 if broken else 0


def _fuzz(name: str, seconds: int, seed: int) -> bool:
    home = FOLDER / name
    (home / "corpus").mkdir(parents=True, exist_ok=True)
    for number, text in enumerate(SEEDS[name]):
        (home / "corpus" / f"seed-{number}").write_text(text, "utf-8")
    (home / "words.dict").write_text("".join(f'"{_escaped(word)}"\n' for word in WORDS[name]))
    options = [f"-max_total_time={seconds}", f"-seed={seed}", "-max_len=4096", "-timeout=5", "-rss_limit_mb=1024"]
    options += [f"-dict={home}/words.dict", f"-artifact_prefix={home}/", "-print_final_stats=1"]
    print(f"{name}: fuzzing for {seconds} s", flush=True)
    command = [sys.executable, "-m", "e2e.fuzz.one", name, *options, str(home / "corpus")]
    run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=seconds + 120)
    runs = re.search(r"number_of_executed_units:\s*(\d+)", run.stderr)
    if run.returncode == 0 and runs:
        print(f"{name}: {int(runs[1]):,} inputs, every promise held")
        return True
    print(f"{name}: a promise was broken; the input lies in {home}/\n{run.stderr[-3000:]}")
    return False


def _escaped(word: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in word.encode())


if __name__ == "__main__":
    sys.exit(main())
