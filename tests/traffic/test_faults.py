from pathlib import Path

import pytest

from e2e.traffic.faults import POLL_SECONDS, Faults, FaultsFile


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "faults.json"


def test_faults_survive_being_written_and_read():
    faults = Faults(errors=0.5, latency_ms=40, crash=True)
    assert Faults.parse(faults.dump()) == faults


def test_only_the_faults_that_are_on_are_written():
    assert Faults().dump() == "{}"


def test_an_unknown_fault_is_refused():
    with pytest.raises(TypeError, match="erors"):
        Faults.parse('{"erors": 1}')


def test_a_document_that_is_no_object_is_refused():
    with pytest.raises(TypeError, match="JSON object"):
        Faults.parse("[]")


def test_a_missing_file_means_no_fault(file, clock):
    assert FaultsFile(file, clock).current() == Faults()


def test_a_change_is_seen_at_the_next_poll_and_not_before(file, clock):
    faults = FaultsFile(file, clock)
    faults.current()
    file.write_text('{"hang": true}')
    assert faults.current() == Faults()
    clock.now += POLL_SECONDS
    assert faults.current() == Faults(hang=True)


def test_a_broken_file_keeps_the_last_faults(file, clock):
    file.write_text('{"wrong": 1}')
    faults = FaultsFile(file, clock)
    assert faults.current() == Faults(wrong=1)
    file.write_text('{"wrong": ')
    clock.now += POLL_SECONDS
    assert faults.current() == Faults(wrong=1)
