"""The command line: `rollout-operator run`."""

import argparse
import asyncio
import logging
import os
import sys
from typing import NoReturn

from pydantic import ValidationError

from rollout_operator.program import Unusable, run
from rollout_operator.settings import Settings
from rollout_operator.telemetry import log_as_json


def main() -> NoReturn:
    """Entry point of the command."""
    parser = argparse.ArgumentParser(prog="rollout-operator", description="Drives IntelligenceRollouts.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("run", help="run the operator; its settings are KUBECONFIG and ROLLOUT_* in the environment")
    parser.parse_args()
    try:
        settings = read_settings()
        log_as_json(settings.log_level)
        code = asyncio.run(run(settings, os.environ.get("KUBECONFIG", "")))
    except Unusable as error:
        print("rollout-operator:", " ".join(str(error).split()), file=sys.stderr)
        code = 1
    logging.shutdown()
    sys.stderr.flush()
    os._exit(code)  # a thread that waits for a hung Prometheus must not keep the process alive


def read_settings() -> Settings:
    """The settings, checked. Raises Unusable."""
    try:
        settings = Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "_".join(str(part) for part in first["loc"]).upper()
        raise Unusable(f"ROLLOUT_{name}: {first['msg']}") from error
    try:
        token = settings.alert_token()
    except (OSError, UnicodeDecodeError) as error:
        raise Unusable(f"ROLLOUT_ALERT_TOKEN_FILE: {error}") from error
    if token == "":
        raise Unusable(f"ROLLOUT_ALERT_TOKEN_FILE: {settings.alert_token_file} is empty; write a token into it")
    return settings


if __name__ == "__main__":
    main()
