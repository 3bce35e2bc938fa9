"""Request ids carry their group, and only ours are believed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intelligence_detector.api.ids import group_in, make

NONCE = "0123456789abcdef" * 2


@given(st.sampled_from(["control", "treatment"]), st.uuids())
def test_an_id_brings_its_group_back(group, nonce):
    assert group_in("salt", make("salt", group, nonce.hex)) == group


@pytest.mark.parametrize(
    "text",
    [
        "",
        "treatment",
        f"treatment-{NONCE}-00000000",
        make("salt", "control", NONCE).replace("control", "treatment"),
        make("another salt", "control", NONCE),
        make("salt", "control", NONCE) + "\n",
        make("salt", "control", NONCE).upper(),
    ],
)
def test_any_other_text_has_no_group(text):
    assert group_in("salt", text) is None
