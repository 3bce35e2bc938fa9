"""The image, really built upon Debian's packages, and its service as a pod would run it."""

import asyncio
import re
import stat

import aiohttp
import pytest

from e2e.images.recipe import Recipe
from e2e.images.workshop import BASE, BUILDER, CERTIFICATES, Workshop, obstacle
from tests.images.container import Container

pytestmark = pytest.mark.process
MEGABYTE = 1_000_000


@pytest.fixture(scope="module")
def container(tmp_path_factory, request):
    if why := obstacle():
        plugins = request.config.pluginmanager
        with plugins.getplugin("capturemanager").global_and_fixture_disabled():  # nobody reads a reason that is caught
            plugins.getplugin("terminalreporter").write_line(f"NOT TESTED: the container image; {why}", red=True)
        pytest.skip(why)
    folder = tmp_path_factory.mktemp("images")
    workshop = Workshop(folder)
    try:
        base, builder = workshop.add_base(BASE), workshop.add_base(BUILDER, CERTIFICATES)
        config = workshop.build(Recipe(base, builder, version="7.8.9"), folder / "rootfs")
        yield Container(folder / "rootfs", config)
    finally:
        workshop.clean()


async def line_with(process, pattern, seen):
    """The first line that matches, those before it kept; a minute is the end of patience."""
    async with asyncio.timeout(60):
        while line := (await process.stdout.readline()).decode():
            seen.append(line)
            if found := re.search(pattern, line):
                return found
    raise AssertionError(f"no line with {pattern} in {seen}")


async def test_its_own_command_serves_from_a_root_that_is_read_only_and_builds_no_model(container):
    log = []
    async with container.started(HOST="127.0.0.1", PORT="0") as process:
        url = (await line_with(process, r"listening on (\S+)", log))[1]
        async with aiohttp.ClientSession(url) as client:
            async with client.get("/health") as response:
                assert (await response.json())["status"] == "healthy"
            async with client.post("/api/detect", json={"text": "build login screen"}) as response:
                assert (await response.json())["specialist"] == "frontend"
    assert len(log) == 1, log


async def test_these_tests_do_run_it_on_a_root_that_is_read_only(container):
    async with container.started("python", "-c", "open('/tmp/file', 'w')") as process:
        output, _ = await process.communicate()
    assert b"Read-only file system" in output


async def test_the_model_in_it_is_the_default_one_and_small_enough_to_ship(container):
    asked = "from intelligence_detector.default import default_path; print(default_path())"
    async with container.started("python", "-c", asked) as process:
        output, _ = await process.communicate()
    [model] = container.rootfs.glob("var/lib/intelligence-detector/**/*.npz")
    assert output.decode().strip() == f"/{model.relative_to(container.rootfs)}"
    assert model.stat().st_size <= 10 * MEGABYTE


def test_it_runs_as_a_user_by_number_and_listens_on_8080(container):
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", container.config["User"])
    assert list(container.config["ExposedPorts"]) == ["8080/tcp"]
    assert (container.environment["HOST"], container.environment["PORT"]) == ("0.0.0.0", "8080")  # noqa: S104 - in a pod


def test_its_labels_tell_what_it_is(container):
    labels = container.config["Labels"]
    known = {name: labels[f"org.opencontainers.image.{name}"] for name in ("title", "licenses", "version")}
    assert known == {"title": "intelligence-detector", "licenses": "Apache-2.0", "version": "7.8.9"}
    assert labels["org.opencontainers.image.description"]


def test_the_build_leaves_nothing_of_itself(container):
    """Neither pip nor its settings, no shell of the builder, and nothing that gives its user more rights."""
    names = {file.name for file in (container.rootfs / "opt/venv/bin").iterdir()}
    assert "intelligence-detector" in names
    assert names.isdisjoint({"pip", "pip3", "rollout-operator"})
    assert not any((container.rootfs / path).exists() for path in ("run/secrets", "etc/pip.conf", "src", "usr/bin/sh"))
    files = (file.lstat() for file in container.rootfs.rglob("*"))
    assert not any(stat.S_ISREG(one.st_mode) and one.st_mode & (stat.S_ISUID | stat.S_ISGID) for one in files)
