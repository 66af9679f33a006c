"""What holds for every head: torch's outputs, published sizes, masks, clear errors."""

import functools
import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from spoofjax.config import Clip
from spoofjax.errors import ConfigError
from spoofjax.models.arrays import flatten, unflatten
from spoofjax.models.encoders.encoded import Encoded
from spoofjax.models.heads import MHFA, RAT, SLS, SSLAASIST, MeanPool, Nes2NetX, WeightedStatistics

LAYERS, BATCH, FRAMES, WIDTH = 3, 4, 10, 24
SMALL = {
    "mean_pool": MeanPool(),
    "mean_pool_projection": MeanPool(projection=8),
    "weighted_statistics": WeightedStatistics(attention=6, embedding=8),
    "mhfa": MHFA(heads=4, compression=6, embedding=8),
    "sls": SLS(frames=FRAMES, hidden=8),
    "nes2net": Nes2NetX(groups=3, scale=4, dilation=2),
    "rat": RAT(expansion=1, hidden=(10, 6)),
    "ssl_aasist": SSLAASIST(projection=12, channels=(2, 2, 3), graph=(4, 2)),
}
PUBLISHED = {
    "MHFA, 24 layers of 1024": (MHFA(), 24, 1024, 1_315_410 + 514),
    "MHFA, 12 layers of 768": (MHFA(), 12, 768, 1_249_850 + 514),
    "RAT": (RAT(), 24, 1024, 13_254_402),
    "a block of Nes2Net-X": (Nes2NetX(groups=2), 24, 256, 72_307 + 256 + 512 + 514),
    "Nes2Net-X": (Nes2NetX(), 24, 1024, 7 * (72_307 + 256) + 2_048 + 2_050),
    "SLS": (SLS(), 24, 1024, 1_025 + 2 + 22_847 * 1_024 + 1_024 + 2_050),
    "MeanPool": (MeanPool(), 24, 1024, 2_050),
    "SSL-AASIST, without unused norms": (SSLAASIST(), 24, 1024, 447_242 - 512),
}
every_head = pytest.mark.parametrize("name", SMALL)
masked_heads = pytest.mark.parametrize("name", [name for name in SMALL if name != "ssl_aasist"])
quick_jit = functools.partial(jax.jit, compiler_options={"xla_backend_optimization_level": 0})


def states_of(arrays, key="states", lengths=None):
    states = jnp.asarray(arrays[key])
    last = arrays["last"] if key == "states" else states[-1]
    return Encoded(states[0], states[1:], jnp.asarray(last), lengths)


@pytest.fixture(scope="module")
def run(reference):
    """Runs a small head with torch's weights: run(name, encoded, train=..., reference=...)."""
    compiled = {}

    def function(name, train):
        if (name, train) not in compiled:
            module = SMALL[name].build(LAYERS, WIDTH, nnx.Rngs(0))
            graph, state = nnx.split(module)
            prefix = f"{name}:"
            weights = {
                n[len(prefix) :]: jnp.asarray(x)
                for n, x in reference.items()
                if n.startswith(prefix)
            }
            expected = {n: x.shape for n, x in flatten(state).items()}
            assert {n: x.shape for n, x in weights.items()} == expected

            def logits(encoded, other):
                module = nnx.merge(graph, unflatten(weights), copy=True)
                return module(encoded, train=train, key=jax.random.key(0), reference=other)

            compiled[name, train] = quick_jit(logits)
        return compiled[name, train]

    def head(name, encoded, train=False, reference=None):
        return function(name, train)(encoded, reference)

    return head


@every_head
def test_the_logits_are_those_of_torch(name, run, reference):
    logits, embedding = run(name, states_of(reference))
    np.testing.assert_allclose(logits, reference[f"{name}>evaluate"], atol=1e-5, rtol=1e-5)
    assert logits.shape == (BATCH, 2)
    assert embedding.shape[0] == BATCH
    assert logits.dtype == embedding.dtype == jnp.float32


# In training SSL-AASIST has dropouts that cannot be turned off.
@masked_heads
def test_the_logits_in_training_are_those_of_torch(name, run, reference):
    other = states_of(reference, "reference") if SMALL[name].takes_reference else None
    logits, _ = run(name, states_of(reference), train=True, reference=other)
    # The dense layers of RAT have a batch norm over four utterances, which magnifies rounding.
    tolerance = 2e-4 if name == "rat" else 2e-5
    np.testing.assert_allclose(logits, reference[f"{name}>train"], atol=tolerance)


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_head_has_the_published_number_of_parameters(name):
    head, layers, width, published = PUBLISHED[name]
    module = nnx.eval_shape(lambda: head.build(layers, width, nnx.Rngs(0)))
    assert sum(leaf.size for leaf in jax.tree.leaves(nnx.state(module, nnx.Param))) == published


@pytest.mark.parametrize(
    ("name", "train"),
    # The others compute the same in training, apart from what follows the mean over time.
    [*((name, False) for name in SMALL if name != "ssl_aasist"), ("sls", True), ("nes2net", True)],
)
def test_what_stands_in_padded_frames_changes_nothing(name, train, run, reference):
    lengths = jnp.array([FRAMES, 9, 5, 1])
    encoded = states_of(reference, lengths=lengths)
    is_real = (jnp.arange(FRAMES) < lengths[:, None])[..., None]
    other = Encoded(*(jnp.where(is_real, x, 7.0) for x in encoded[:3]), lengths)
    logits, _ = run(name, encoded, train)
    np.testing.assert_allclose(run(name, other, train)[0], logits, atol=1e-5)


@pytest.mark.parametrize("name", [name for name in SMALL if name not in ("sls", "ssl_aasist")])
def test_a_padded_utterance_has_the_logits_of_the_utterance_alone(name, run, reference):
    encoded = states_of(reference, lengths=jnp.full(BATCH, 9))
    alone = Encoded(encoded[0][:, :9], encoded[1][:, :, :9], encoded[2][:, :9], None)
    expected, _ = run(name, alone)
    np.testing.assert_allclose(run(name, encoded)[0], expected, atol=1e-5)


@masked_heads
def test_an_utterance_without_a_valid_frame_has_finite_logits(name, run, reference):
    encoded = states_of(reference, lengths=jnp.array([FRAMES, 0, 0, 1]))
    assert np.all(np.isfinite(run(name, encoded)[0]))


def test_importing_the_heads_imports_no_jax():
    code = "import sys, spoofjax.models.heads; sys.exit('jax' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_sls_says_which_length_it_takes(run, reference):
    encoded = states_of(reference)
    short = Encoded(encoded[0][:, :9], encoded[1][:, :, :9], encoded[2][:, :9], None)
    with pytest.raises(ConfigError, match=r"10 frames, but these have 9.*4\.04 s, 201 frames"):
        run("sls", short)


def frames(samples):
    return (samples - 400) // 320 + 1


def test_sls_takes_clips_of_one_length_only():
    SLS().check_clip(Clip(), frames)
    for clip in (Clip(train=48_000), Clip(short="pad", buckets=(64_600, 96_000))):
        with pytest.raises(ConfigError, match=r"201 frames, but clips of \d+ samples .*64,600"):
            SLS().check_clip(clip, frames)


def test_ssl_aasist_takes_repeated_clips_only():
    SSLAASIST().check_clip(Clip(), frames)
    with pytest.raises(ConfigError, match=r"zeros that pad .*clip\.short='tile'"):
        SSLAASIST().check_clip(Clip(short="pad"), frames)
    MeanPool().check_clip(Clip(short="pad"), frames)


@pytest.mark.parametrize(
    ("head", "message"),
    [
        (MeanPool(projection=0), "projection of MeanPool must be at least 1, not 0"),
        (WeightedStatistics(attention=0), "attention of WeightedStatistics"),
        (MHFA(shifted_statistics=1.5), "a probability, from 0 to 1, not 1.5"),
        (SLS(frames=2), "at least as many of each, not 2 frames"),
        (Nes2NetX(groups=1), "at least 2 groups"),
        (Nes2NetX(groups=5), "width 24 does not divide into 5 groups of 8 parts"),
        (RAT(heads=5), "width of 24 among 5 heads"),
        (RAT(hidden=(4, 0)), "at least one unit"),
        (SSLAASIST(projection=2), "projection of at least 3"),
        (SSLAASIST(channels=()), "channels and graph"),
        (SSLAASIST(ratios=(0.5, 1.5, 0.5)), "between 0 and 1"),
        (SSLAASIST(dropout=1.0), "Rates of dropout"),
    ],
)
def test_sizes_that_do_not_fit_are_errors(head, message):
    with pytest.raises(ConfigError, match=message):
        head.build(LAYERS, WIDTH, nnx.Rngs(0))
