"""Features rounded to bfloat16 on the host are those that numpy and a network would round."""

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from spoofjax.errors import ConfigError
from spoofjax.features.rounding import standardized_bfloat16

FLOATS = st.floats(width=32, allow_nan=True, allow_infinity=True)
SHAPES = st.tuples(st.integers(1, 3), st.integers(0, 4), st.integers(1, 19))


def by_numpy(features, mean, deviation):
    with np.errstate(all="ignore"):
        return ((features - mean) / deviation).astype(ml_dtypes.bfloat16)


@given(arrays(np.float32, SHAPES, elements=FLOATS), st.integers(0, 99))
def test_the_result_is_the_nearest_bfloat16_of_the_standardized_value(features, seed):
    random = np.random.default_rng(seed)
    mean, deviation = random.normal(size=(2, features.shape[-1])).astype(np.float32)
    result = standardized_bfloat16(features, mean, np.abs(deviation) + 1e-5, threads=2)
    expected = by_numpy(features, mean, np.abs(deviation) + np.float32(1e-5))
    assert result.dtype == ml_dtypes.bfloat16
    np.testing.assert_array_equal(result.astype(np.float32), expected.astype(np.float32))


def test_ties_are_rounded_to_even():
    ties = np.array([[[1 + 2**-8, 1 + 3 * 2**-8, -1 - 2**-8]]], np.float32)
    result = standardized_bfloat16(ties, np.zeros(3, np.float32), np.ones(3, np.float32))
    np.testing.assert_array_equal(result.ravel().astype(np.float32), [1, 1 + 2**-6, -1])


def test_statistics_of_another_size_are_refused():
    statistics = np.ones(5, np.float32)
    with pytest.raises(ConfigError, match="Statistics of 5 coefficients do not fit features of 6"):
        standardized_bfloat16(np.zeros((2, 3, 6), np.float32), statistics, statistics)
