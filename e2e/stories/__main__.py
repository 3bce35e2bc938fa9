"""Command line: `python -m e2e.stories demo|up|down`."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from pathlib import Path

from rich.console import Console

from e2e.cluster.errors import ClusterError
from e2e.stories.embedded import Embedded
from e2e.stories.playground import take_down, up
from e2e.stories.report import Report, summary, write_json
from e2e.stories.runner import run
from e2e.stories.screen import Screen
from e2e.stories.tales import TALES

ALL = "all"


def main() -> int:
    """Run one command; the exit status is 0 only when it ended as it should."""
    arguments = parse(sys.argv[1:])
    console = Console()
    try:
        if arguments.command != "down":
            Embedded().prepare()  # before the loop runs, so that Ctrl-C ends a long build at once
        return asyncio.run(command(arguments, console))
    except ClusterError as error:
        console.print(f"error: {error}", markup=False)
        return 1
    except (KeyboardInterrupt, asyncio.CancelledError):
        console.print("ended; nothing is left")
        return 130


def parse(words: list[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m e2e.stories")
    commands = parser.add_subparsers(dest="command", required=True)
    demo = commands.add_parser("demo", help="tell a story from an empty machine to its end")
    demo.add_argument("--story", choices=[*TALES, ALL], default="success")
    demo.add_argument("--json", type=Path, help="write the report here")
    demo.add_argument("--svg", type=Path, help="save the last picture here")
    commands.add_parser("up", help="start the same without a story, and stay")
    commands.add_parser("down", help="end what `up` started")
    return parser.parse_args(words)


async def command(arguments: argparse.Namespace, console: Console) -> int:
    """Carry a parsed command out; SIGTERM ends it like Ctrl-C."""
    task = asyncio.current_task()
    assert task
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    if arguments.command == "up":
        return await up(console)
    if arguments.command == "down":
        return take_down(console)
    return await demo(arguments, console)


async def demo(arguments: argparse.Namespace, console: Console) -> int:
    """Tell the chosen stories one after another."""
    names = list(TALES) if arguments.story == ALL else [arguments.story]
    reports: list[Report] = []
    for name in names:
        console.print(f"[bold]story {name}[/]: {TALES[name].shows}")
        reports.append(await run(TALES[name], Embedded(), Screen(console, arguments.svg)))
        tell_end(console, reports[-1])
        if arguments.json:
            write_json(arguments.json, reports)
    console.print(summary(reports))
    return 0 if all(report.ended_well for report in reports) else 1


def tell_end(console: Console, report: Report) -> None:
    """Say how a story ended, and where the logs are when it ended badly."""
    if report.ended_well:
        console.print(f"story {report.story} ended as it should after {report.seconds:.0f} s")
        return
    text = f"story {report.story} ended badly after {report.seconds:.0f} s: {report.reason}"
    console.print(text, style="red", markup=False, soft_wrap=True)
    console.print(f"logs: {report.logs or 'none were kept'}")


if __name__ == "__main__":
    sys.exit(main())
