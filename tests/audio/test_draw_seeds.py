import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from spoofjax.audio.seeds import draw_seeds, mix, normals, stream, stream_values, uniforms


def splitmix64(state):
    """The published generator, one step, in Python's integers."""
    state = (state + 0x9E3779B97F4A7C15) % 2**64
    z = state
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB % 2**64
    return state, z ^ (z >> 31)


@given(st.integers(0, 2**64 - 1))
def test_a_stream_is_splitmix64_from_its_seed(seed):
    state, expected = seed, []
    for _ in range(5):
        state, value = splitmix64(state)
        expected.append(value)
    assert stream_values(np.uint64(seed), np.arange(5)).tolist() == expected


def test_known_values_of_splitmix64():
    values = stream_values(np.uint64(1234567), np.arange(3)).tolist()
    assert values == [6457827717110365317, 3203168211198807973, 9817491932198370423]


def test_the_seed_of_a_draw_is_a_function_of_seed_and_draw_alone():
    all_seeds = draw_seeds(7, np.arange(1000))
    assert all_seeds.dtype == np.uint64
    np.testing.assert_array_equal(draw_seeds(7, np.arange(400, 408)), all_seeds[400:408])
    assert draw_seeds(7, 403) == all_seeds[403]
    assert draw_seeds(7 + 2**64, 403) == all_seeds[403]


def test_draws_and_seeds_do_not_meet():
    all_seeds = np.concatenate([draw_seeds(seed, np.arange(2000)) for seed in range(-10, 40)])
    assert len(np.unique(all_seeds)) == len(all_seeds)


def test_streams_of_one_seed_differ():
    seeds = draw_seeds(0, np.arange(100))
    all_seeds = np.concatenate([stream(seeds, tag) for tag in range(30)])
    assert len(np.unique(all_seeds)) == len(all_seeds)


def test_mix_has_no_collisions_among_small_numbers():
    assert len(np.unique(mix(np.arange(100_000, dtype=np.uint64)))) == 100_000


def test_uniform_values_are_uniform():
    values = uniforms(draw_seeds(3, np.arange(200)), 50)
    assert values.shape == (200, 50)
    assert values.min() >= 0
    assert values.max() < 1
    np.testing.assert_allclose(np.histogram(values, 10, (0, 1))[0], 1000, atol=130)
    assert abs(np.corrcoef(values[:, 0], values[:, 1])[0, 1]) < 0.25


def test_normal_values_are_normal():
    from scipy import stats

    values = normals(np.uint64(5), 20_000)
    assert stats.kstest(values, "norm").pvalue > 1e-3
    assert abs(np.corrcoef(values[:-1], values[1:])[0, 1]) < 0.03
    assert abs(np.corrcoef(values[:10_000], values[10_000:])[0, 1]) < 0.04
