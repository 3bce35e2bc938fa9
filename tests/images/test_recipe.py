"""How a build is asked for, and how it learns where pip's packages are."""

from pathlib import Path

import pytest

from e2e.cluster.cache import ROOT
from e2e.images import engines
from e2e.images.__main__ import main
from e2e.images.errors import ImageError
from e2e.images.pipsettings import config_file, settings_of
from e2e.images.recipe import Recipe, arguments

LISTED = """\
:env:.index-url='https://own.example/simple'
global.cert='/etc/own.crt'
global.find-links='/somewhere'
global.index-url='https://other.example/simple'
install.trusted-host='one.example\\ntwo.example'
"""


def program(folder, name, exit_code):
    file = folder / name
    file.write_text(f"#!/bin/sh\nexit {exit_code}\n")
    file.chmod(0o755)


def test_the_dockerfile_decides_about_the_base_unless_one_is_given():
    plain = arguments(Recipe(version="1"), Path("there"), {})
    assert plain == [
        *("build", "--file", "there/detector/Dockerfile", "--tag", "intelligence-detector:1"),
        *("--build-arg=VERSION=1", "there"),
    ]
    assert "--build-arg=BASE=own" in arguments(Recipe(base="own"), Path("there"), {})


def test_the_environment_wins_over_pips_files_and_folders_of_this_machine_stay_here():
    assert settings_of(LISTED) == {
        "index-url": "https://own.example/simple",
        "cert": "/etc/own.crt",
        "trusted-host": "one.example\ntwo.example",
    }


def test_settings_become_a_file_that_pip_reads():
    text = config_file({"index-url": "https://own.example/simple", "trusted-host": "one.example\ntwo.example"})
    assert text == "[global]\nindex-url = https://own.example/simple\ntrusted-host = one.example\n  two.example\n"


def test_an_engine_whose_daemon_is_away_gives_way_to_the_next(tmp_path, monkeypatch):
    program(tmp_path, "docker", 1)
    program(tmp_path, "podman", 0)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert engines.find_engine() == str(tmp_path / "podman")


def test_without_an_engine_it_says_what_is_missing(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main([]) == 1
    assert capsys.readouterr().err == (
        "error: an image needs docker, podman or buildah (none is on PATH): install one, or start its daemon\n"
    )
    program(tmp_path, "docker", 1)
    with pytest.raises(ImageError, match="does its daemon run"):
        engines.find_engine()


def test_no_file_of_the_image_names_a_registry():
    lines = (ROOT / "detector/Dockerfile").read_text().splitlines()
    bases = [line for line in lines if line.startswith(("FROM", "ARG BASE"))]
    assert bases
    assert not any("." in line.split("/")[0] for line in bases if "/" in line)
