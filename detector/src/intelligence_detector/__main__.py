"""The command line: `intelligence-detector serve` and `intelligence-detector detect TEXT`."""

import argparse
import asyncio
import json
import logging
import sys
from collections.abc import Sequence
from dataclasses import asdict

from pydantic import ValidationError

from intelligence_detector.app import build_app, default_pipelines
from intelligence_detector.model import Request, Switches
from intelligence_detector.server import serve
from intelligence_detector.settings import Settings


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the result is the exit code."""
    chosen = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        settings = Settings()
    except ValidationError as error:
        return _refuse(error)
    if chosen.command == "serve":
        return _serve(settings)
    return _detect(settings, chosen.text, chosen.group)


def _serve(settings: Settings) -> int:
    try:
        asyncio.run(serve(build_app(settings), settings.host, settings.port))
    except OSError as error:
        print(f"HOST, PORT: cannot listen on {settings.host}:{settings.port} ({error.strerror})", file=sys.stderr)
        return 1
    return 0


def _detect(settings: Settings, text: str, group: str) -> int:
    """Answer by one pipeline with every tier on, whatever the flags."""
    switches = Switches(quick_filter=True, context_analysis=True, enhanced_filter=True)
    request = Request(text, group="treatment" if group == "treatment" else "control", switches=switches)
    answer = asyncio.run(_ask(settings, request))
    print(json.dumps(answer, ensure_ascii=False, indent=2))
    return 0


async def _ask(settings: Settings, request: Request) -> dict[str, object]:
    answer = asdict(await default_pipelines(settings)[request.group](request))
    return {key: answer[key] for key in ("specialist", "flags", "confidence", "tier", "group")}


def _refuse(error: ValidationError) -> int:
    for one in error.errors(include_url=False):
        print(f"{'.'.join(map(str, one['loc'])).upper()}: {one['msg']}, not {one['input']!r}", file=sys.stderr)
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="intelligence-detector", description="Find the specialist for a request.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("serve", help="serve HTTP; settings come from the environment (HOST, PORT, FLAGS_FILE, ...)")
    detect = commands.add_parser("detect", help="answer one request and exit")
    detect.add_argument("text")
    detect.add_argument("--group", choices=("control", "treatment"), default="treatment")
    return parser


if __name__ == "__main__":
    sys.exit(main())
