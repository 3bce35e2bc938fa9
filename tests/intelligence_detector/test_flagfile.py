"""The mounted document: every change is seen, a broken one is never put in force."""

import os

import pytest

from intelligence_detector.flagfile import FlagFile
from rollout_contract.flagset import DETECTOR_FLAGS, FlagSet, parse, revision_of
from tests import golden

QUICK_BY_DEFAULT = {"quick_filter_enabled": True}


def watched(path, defaults=None):
    return FlagFile(path, defaults or {}, lambda _: None)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text(golden.text("runbook-20"))
    return path


@pytest.mark.parametrize("name", golden.READ)
def test_a_golden_document_means_to_the_detector_what_it_means_to_the_contract(file, name):
    file.write_text(golden.text(name))
    in_force = watched(file).in_force
    traffic, flags, revision = golden.READ[name]
    assert (in_force.traffic_percentage, in_force.revision, in_force.source) == (traffic, revision, "document")
    assert in_force.features == dict.fromkeys(DETECTOR_FLAGS, False) | flags
    assert in_force.error is None


@pytest.mark.parametrize("name", golden.BROKEN)
def test_a_broken_document_keeps_the_last_good_one_and_says_why(file, name):
    flags = watched(file)
    good = flags.in_force
    file.write_text(golden.text(name))
    flags.refresh()
    assert flags.in_force.error.startswith(golden.BROKEN[name])
    assert (flags.in_force.revision, flags.in_force.features) == (good.revision, good.features)


def test_a_mended_document_is_in_force_again_even_when_it_is_the_one_from_before(file):
    flags = watched(file)
    good = flags.in_force
    file.write_text("{")
    flags.refresh()
    file.write_text(golden.text("runbook-20"))
    flags.refresh()
    assert flags.in_force == good


def test_without_a_file_everything_is_off_but_the_defaults():
    in_force = watched(None, QUICK_BY_DEFAULT).in_force
    off = dict.fromkeys(DETECTOR_FLAGS, False) | QUICK_BY_DEFAULT
    assert in_force.features == off
    assert (in_force.traffic_percentage, in_force.source, in_force.error) == (0, "defaults", None)
    assert in_force.revision == revision_of(FlagSet(flags=off))


def test_a_document_wins_over_the_defaults_where_it_speaks(file):
    file.write_text("feature_flags: {quick_filter_enabled: false}")
    assert watched(file, QUICK_BY_DEFAULT).in_force.features["quick_filter_enabled"] is False
    file.write_text("feature_flags: {cache_enabled: true}")
    assert watched(file, QUICK_BY_DEFAULT).in_force.features["quick_filter_enabled"] is True


def test_a_missing_file_means_defaults_and_an_error_until_it_appears(tmp_path):
    path = tmp_path / "config.yaml"
    flags = watched(path)
    assert flags.in_force.source == "defaults"
    assert "cannot be read (No such file or directory)" in flags.in_force.error
    path.write_text(golden.text("runbook-20"))
    flags.refresh()
    assert (flags.in_force.source, flags.in_force.error) == ("document", None)


def test_a_file_that_vanishes_keeps_what_was_read(file):
    flags = watched(file)
    revision = flags.in_force.revision
    file.unlink()
    flags.refresh()
    flags.refresh()
    assert (flags.in_force.revision, flags.in_force.source) == (revision, "document")
    assert "cannot be read" in flags.in_force.error


@pytest.mark.parametrize("content", [b"\xff\xfe", b"a" * 70_000])
def test_bytes_that_are_no_document_are_refused(file, content):
    flags = watched(file)
    file.write_bytes(content)
    flags.refresh()
    assert flags.in_force.error.startswith("document: ")


def test_a_change_that_keeps_size_and_time_is_seen(file):
    flags = watched(file)
    before = file.stat()
    file.write_text(file.read_text().replace("20", "50"))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    flags.refresh()
    assert flags.in_force.traffic_percentage == 50


def test_a_kubelet_swapping_its_symlink_is_seen(tmp_path):
    def publish(name, text):
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.yaml").write_text(text)
        (tmp_path / "..data_tmp").symlink_to(name)
        (tmp_path / "..data_tmp").rename(tmp_path / "..data")

    publish("..2026_1", golden.text("runbook-20"))
    (tmp_path / "config.yaml").symlink_to("..data/config.yaml")
    flags = watched(tmp_path / "config.yaml")
    publish("..2026_2", golden.text("issued-50"))
    flags.refresh()
    assert flags.in_force.revision == revision_of(parse(golden.text("issued-50")))


def test_each_snapshot_is_reported_once(file):
    seen = []
    flags = FlagFile(file, {}, seen.append)
    flags.refresh()
    assert seen == [flags.in_force]
