"""Large tables in little memory."""

import numpy as np

from intelligence_detector.tiers.packed import Packed

TABLE = np.random.default_rng(5).standard_normal((40, 9)) * np.logspace(-3, 3, 40)[:, None]


def test_no_weight_is_off_by_more_than_half_a_step_of_its_row():
    packed = Packed.of(TABLE)
    step = np.abs(TABLE).max(axis=1, keepdims=True) / 127
    assert (np.abs(packed.steps * packed.scale - TABLE) <= 0.501 * step).all()
    assert packed.steps.itemsize == 1


def test_rows_are_added_up_each_by_its_weight():
    packed, rows, weights = Packed.of(TABLE), np.array([3, 0, 3]), np.array([1.0, 0.5, 2.0], np.float32)
    wanted = weights @ (packed.steps * packed.scale)[rows]
    np.testing.assert_allclose(packed.total(rows, weights), wanted, rtol=1e-5)


def test_no_rows_add_up_to_nothing_and_a_row_of_zeros_stays_one():
    packed = Packed.of(np.zeros((2, 3)))
    assert not packed.total(np.array([], np.intp), np.array([], np.float32)).any()
    assert not packed.total(np.array([1]), np.array([5.0], np.float32)).any()
    assert Packed.of(np.zeros((0, 3))).width == 3
