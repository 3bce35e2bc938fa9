"""The fuzz targets hold for their seeds and for random bytes, and the runner says when one does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from e2e.fuzz import targets
from e2e.fuzz.__main__ import main


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("name", targets.TARGETS)
def test_every_seed_and_word_keeps_the_promises(name):
    for text in (*targets.SEEDS[name], *targets.WORDS[name]):
        targets.TARGETS[name](text, text.encode())


@pytest.mark.parametrize("name", ["normaliser", "explicit"])
def test_random_bytes_keep_the_promises(name):
    @given(st.binary())
    def check(raw):
        targets.TARGETS[name](raw.decode("utf-8", "surrogateescape"), raw)

    check()


@pytest.mark.parametrize(
    "raw",
    [b"", b"\x00", b"\xff", b"feature_flags:", b"[" * 5_000, b"? a\n: b", b"a: &a [*a]", b"feature_flags: {x: true}"],
)
def test_a_flag_document_of_any_bytes_keeps_the_promises(raw):
    targets.flag_document("", raw)


def test_an_unknown_target_is_refused(capsys):
    with pytest.raises(SystemExit):
        main(["nonsense"])
    assert "nonsense is no target; there are normaliser, explicit, flags" in capsys.readouterr().err
