import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from spoofjax.audio.augmentation import G711, Chain, NoiseAt, OneOf, RawBoost, RoomResponse
from spoofjax.audio.seeds import draw_seeds
from spoofjax.config import Augmentation
from spoofjax.config_files import from_json, to_json
from spoofjax.errors import ConfigError

RATE = 16_000


@dataclass(frozen=True)
class Add(Augmentation):
    """Adds a constant: shows which steps a clip went through."""

    amount: float = 1.0

    def __call__(self, waveforms, seeds, rate, *, threads=None):
        return waveforms + np.float32(self.amount)


def test_steps_are_applied_in_order_with_their_probabilities():
    chain = Chain((Add(1), Add(10), Add(100)), (0.5, 0.25, 1.0))
    out = chain(np.zeros((4000, 1), np.float32), draw_seeds(0, np.arange(4000)), RATE)[:, 0]
    assert np.all(out // 100 == 1)
    assert abs(np.mean(out % 10 == 1) - 0.5) < 0.03
    assert abs(np.mean(out // 10 % 10 == 1) - 0.25) < 0.03
    both = np.mean((out % 10 == 1) & (out // 10 % 10 == 1))
    assert abs(both - 0.125) < 0.02


def test_without_probabilities_every_step_is_applied():
    out = Chain((Add(1), Add(2)))(np.zeros((2, 3)), np.arange(2, dtype=np.uint64), RATE)
    np.testing.assert_array_equal(out, np.full((2, 3), 3))


def test_equal_steps_draw_different_noise(speechlike):
    seeds = draw_seeds(0, np.arange(6))
    once = Chain((NoiseAt(),))(speechlike, seeds, RATE) - speechlike
    twice = Chain((NoiseAt(), NoiseAt()))(speechlike, seeds, RATE) - speechlike - once
    for a, b in zip(once, twice, strict=True):
        assert abs(np.corrcoef(a, b)[0, 1]) < 0.2


def test_a_clip_depends_on_its_seed_alone(speechlike):
    seeds = draw_seeds(5, np.arange(6))
    chain = Chain((RawBoost(5), NoiseAt(), G711()), (0.5, 0.5, 0.5))
    changed = chain(speechlike, seeds, RATE)
    for row in range(6):
        alone = chain(speechlike[row : row + 1], seeds[row : row + 1], RATE, threads=1)
        np.testing.assert_array_equal(alone[0], changed[row])


def test_each_clip_goes_through_one_of_several_steps():
    part = OneOf((Add(1), Add(10), Chain((Add(100), Add(100)))), (0.5, 0.2, 0.2))
    out = part(np.zeros((4000, 1), np.float32), draw_seeds(0, np.arange(4000)), RATE)[:, 0]
    shares = {value: np.mean(out == value) for value in (0, 1, 10, 200)}
    assert sum(shares.values()) == 1
    np.testing.assert_allclose(list(shares.values()), [0.1, 0.5, 0.2, 0.2], atol=0.03)
    halves = OneOf((Add(1), Add(10)))(np.zeros((4000, 1)), draw_seeds(1, np.arange(4000)), RATE)
    assert set(halves[:, 0]) == {1, 10}
    assert abs(np.mean(halves == 1) - 0.5) < 0.03


def test_shares_beyond_one_are_refused():
    with pytest.raises(ConfigError, match="add up to at most 1"):
        OneOf((Add(1), Add(2)), (0.6, 0.6))
    with pytest.raises(ConfigError, match="2 steps and 1 shares"):
        OneOf((Add(1), Add(2)), (0.6,))


def test_the_given_waveforms_are_not_touched():
    waves = np.zeros((2, 3), np.float32)
    Chain((Add(1),))(waves, np.arange(2, dtype=np.uint64), RATE)
    np.testing.assert_array_equal(waves, np.zeros((2, 3)))


@pytest.mark.parametrize("probabilities", [(0.5,), (0.5, 1.5)])
def test_impossible_probabilities_are_refused(probabilities):
    with pytest.raises(ConfigError, match="Chain"):
        Chain((Add(1), Add(2)), probabilities)


def test_augmentations_survive_the_way_through_json():
    chain = Chain((RawBoost(5), RoomResponse(Path("rooms")), NoiseAt()), (0.5, 0.25, 1.0))
    again = from_json(json.loads(json.dumps(to_json(chain))))
    assert to_json(again) == to_json(chain)
    assert again.steps[0] == RawBoost(5)
    assert again.probabilities == chain.probabilities
