"""The command line: serve, detect, explain, train, evaluate, model."""

import argparse
import asyncio
import json
import logging
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from intelligence_detector.app import build_app, default_pipelines
from intelligence_detector.encoder.errors import EncoderError
from intelligence_detector.learn.lessons import LessonError
from intelligence_detector.learn.plots import PlotsMissingError
from intelligence_detector.model import Request, Switches
from intelligence_detector.modelfile import ModelFileError
from intelligence_detector.patterns import PatternError
from intelligence_detector.server import serve
from intelligence_detector.settings import Settings
from intelligence_detector.surface import TooLongError

OFFLINE: Final = ("train", "evaluate", "explain", "model")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the result is the exit code."""
    chosen = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        return _run(chosen)
    except ValidationError as error:
        return _refuse(error)
    except (LessonError, EncoderError, PlotsMissingError, ModelFileError, PatternError, TooLongError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _run(chosen: argparse.Namespace) -> int:
    if chosen.command in OFFLINE:
        # They bring what learns and draws along, which a service does not need.
        from intelligence_detector import commands  # noqa: PLC0415 - serving needs none of what learns

        code: int = getattr(commands, chosen.command)(chosen)
        return code
    settings = Settings()
    given = {"model_file": chosen.model, "encoder_dir": chosen.encoder}
    settings = settings.model_copy(update={name: value for name, value in given.items() if value})
    if chosen.command == "serve":
        return _serve(settings)
    return _detect(settings, chosen.text, chosen.group)


def _serve(settings: Settings) -> int:
    app = build_app(settings)
    try:
        asyncio.run(serve(app, settings.host, settings.port))
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
    serving = commands.add_parser(
        "serve", help="serve HTTP; settings come from the environment (HOST, PORT, FLAGS_FILE, ...)"
    )
    detect = commands.add_parser("detect", help="answer one request and exit")
    detect.add_argument("--group", choices=("control", "treatment"), default="treatment")
    explain = commands.add_parser("explain", help="answer one request and say what decided")
    train = commands.add_parser("train", help="learn from JSON lines of text and label")
    train.add_argument("--seed", type=_seed, default=7, help="the same seed and examples give the same model")
    evaluate = commands.add_parser("evaluate", help="judge a model by examples it has not seen")
    evaluate.add_argument("--json", action="store_true", help="print the whole report")
    evaluate.add_argument(
        "--plots", type=Path, metavar="DIR", help="draw reliability and accuracy over coverage as SVG"
    )
    build = commands.add_parser("model", help="build the default model, which serve and detect use without --model")
    for one in (detect, explain):
        one.add_argument("text")
    for one in (train, evaluate):
        one.add_argument("--examples", type=Path, required=True, metavar="JSONL")
        one.add_argument("--oos", type=Path, metavar="JSONL", help="texts that concern none of the labels")
    for one in (serving, detect, explain, evaluate, build):
        one.add_argument("--model", type=Path, metavar="NPZ")
    for one in (serving, detect, explain, evaluate, train):
        one.add_argument("--encoder", type=Path, metavar="DIR", help="a BERT-type sentence encoder")
    train.add_argument("--model", type=Path, required=True, metavar="NPZ")
    train.add_argument(
        "--unlabelled", type=Path, metavar="JSONL", help="texts for the encoder to teach the quick filter"
    )
    train.add_argument("--floor", type=_chance, default=0.5, help="below this confidence nobody answers")
    return parser


def _seed(text: str) -> int:
    value = int(text)
    if value < 0:
        raise argparse.ArgumentTypeError("must be a whole number, 0 or more")
    return value


def _chance(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError("must be between 0 and 1")
    return value


if __name__ == "__main__":
    sys.exit(main())
