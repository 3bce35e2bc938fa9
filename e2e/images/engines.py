"""The container tool of this machine."""

import shutil
import subprocess

from e2e.cluster.cache import ROOT
from e2e.cluster.progress import say
from e2e.images.errors import ImageError
from e2e.images.pipsettings import pip_secrets
from e2e.images.recipe import Recipe, arguments

ENGINES = ("docker", "podman", "buildah")


def find_engine() -> str:
    """Return the first tool that is there and works."""
    silent = []
    for name in ENGINES:
        if path := shutil.which(name):
            if subprocess.run([path, "info"], capture_output=True, check=False).returncode == 0:
                return path
            silent.append(f"{name} is there, but `{name} info` fails: does its daemon run?")
    why = "; ".join(silent) or "none is on PATH"
    raise ImageError(f"an image needs docker, podman or buildah ({why}): install one, or start its daemon")


def build(recipe: Recipe) -> None:
    """Build the image with it, into its own store."""
    engine = find_engine()
    say(f"building {recipe.tag} with {engine}")
    with pip_secrets() as secrets:
        result = subprocess.run([engine, *arguments(recipe, ROOT, secrets)], check=False)
    if result.returncode:
        raise ImageError(f"{engine} could not build {recipe.tag}: its last lines say why")
