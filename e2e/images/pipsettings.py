"""How pip reaches its index on this machine, handed to a build as secrets: they never become part of an image."""

import ast
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

HANDED_ON = ("index-url", "extra-index-url", "trusted-host", "timeout", "default-timeout", "proxy")
CERTIFICATES = "/run/secrets/certificates"
"""Where the build finds them."""


@contextmanager
def pip_secrets() -> Iterator[Mapping[str, Path]]:
    """Give files by the ids that the Dockerfile mounts; they are gone after the block."""
    with TemporaryDirectory() as name:  # only its owner can enter it
        pip = Path(name, "pip")
        known = settings_of(_listed())
        secrets = {"pip": pip}
        if cert := known.pop("cert", None):
            secrets["certificates"] = Path(cert)
            known["cert"] = CERTIFICATES
        pip.write_text(config_file(known))
        yield secrets


def _listed() -> str:
    command = [sys.executable, "-m", "pip", "config", "list"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def settings_of(listed: str) -> dict[str, str]:
    """Return what matters of the lines of `pip config list`; the environment wins, as it does for pip."""
    lines = [line.partition("=") for line in listed.splitlines()]
    found: dict[str, str] = {}
    for section in ("global.", "install.", ":env:."):
        for key, _, value in lines:
            name = key.removeprefix(section)
            if key.startswith(section) and name in (*HANDED_ON, "cert"):
                found[name] = str(ast.literal_eval(value))
    return found


def config_file(settings: Mapping[str, str]) -> str:
    """Return the settings as a pip.conf."""
    lines = (f"{name} = {_indented(value)}" for name, value in settings.items())
    return "\n".join(("[global]", *lines, ""))


def _indented(value: str) -> str:
    """Values of several lines go on behind spaces."""
    return "\n  ".join(value.split())
