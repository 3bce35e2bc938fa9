"""What an image is built from: the arguments that docker, podman and buildah have in common."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

NAME = "intelligence-detector"


@dataclass(frozen=True)
class Recipe:
    """One build of the detector's image; a base that is None is the one the Dockerfile names."""

    base: str | None = None
    builder: str | None = None
    version: str = version("intelligence-rollout")

    @property
    def tag(self) -> str:
        """Its name and version."""
        return f"{NAME}:{self.version}"


def arguments(recipe: Recipe, checkout: Path, secrets: Mapping[str, Path]) -> list[str]:
    """Return the command line behind `docker`, `podman` or `buildah`."""
    given = {"BASE": recipe.base, "BUILDER": recipe.builder, "VERSION": recipe.version}
    build_args = [f"--build-arg={name}={value}" for name, value in given.items() if value]
    mounted = [f"--secret=id={name},src={path}" for name, path in secrets.items()]
    dockerfile = checkout / "detector" / "Dockerfile"
    return ["build", "--file", str(dockerfile), "--tag", recipe.tag, *build_args, *mounted, str(checkout)]
