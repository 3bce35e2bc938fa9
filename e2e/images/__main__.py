"""Build the detector's image: `python -m e2e.images [--base IMAGE] [--builder IMAGE]`."""

import argparse
import sys
from collections.abc import Sequence

from e2e.cluster.progress import say
from e2e.images.engines import build
from e2e.images.errors import ImageError
from e2e.images.recipe import Recipe


def main(arguments: Sequence[str] | None = None) -> int:
    """Build it; errors are one line."""
    chosen = _parser().parse_args(arguments)
    try:
        build(Recipe(base=chosen.base, builder=chosen.builder))
    except ImageError as error:
        say(f"error: {error}")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m e2e.images", description=__doc__)
    parser.add_argument("--base", help="an image with python3 and libstdc++ (default: the Dockerfile's)")
    parser.add_argument("--builder", help="the same with a shell and venv (default: the base)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
