"""What a run does before step 1."""

import re
import threading
import time

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from spoofjax.config import Parallel
from spoofjax.config_files import load_config
from spoofjax.corpora.splits import training_splits
from spoofjax.errors import ConfigError
from spoofjax.training.assembly import assemble, assemble_unprepared
from spoofjax.training.first_batches import read_first_batches
from spoofjax.training.input import training_input
from spoofjax.training.loop import train
from spoofjax.training.start import Meanwhile, Start


def test_a_part_that_takes_long_is_named_with_its_seconds_so_far(capsys):
    begun = []
    with Start(beat=begun.append, first_notice=0.02).part("compiling the step"):
        assert begun == ["compiling the step"]
        time.sleep(0.2)
    lines = capsys.readouterr().err.splitlines()
    assert lines
    assert all(re.fullmatch(r"compiling the step: \d+ s so far", line) for line in lines)
    with Start(quiet=True, first_notice=0.01).part("compiling the step"):
        time.sleep(0.05)
    assert capsys.readouterr().err == ""


def test_the_first_step_says_what_took_the_time():
    start = Start()
    with start.part("building the model"):
        time.sleep(0.06)
    pattern = r"step 1 ended after ([\d.]+) s: building the model ([\d.]+) s, other ([\d.]+) s"
    match = re.fullmatch(pattern, start.line(1, jnp.zeros(1)))
    assert match is not None
    whole, building, other = map(float, match.groups())
    assert building >= 0.1
    assert whole == pytest.approx(building + other, abs=0.11)


def test_what_is_computed_meanwhile_is_returned_or_raised():
    proceed = threading.Event()
    with Meanwhile(proceed.wait, stop=proceed.set) as waiting:
        assert not waiting.is_done
        proceed.set()
        assert waiting.result()
        assert waiting.is_done
    with (
        Meanwhile(lambda: 1 / 0, stop=proceed.set) as failing,
        pytest.raises(ZeroDivisionError),
    ):
        failing.result()


def test_what_is_computed_meanwhile_is_stopped_where_nobody_waits_for_it():
    asked_to_stop = threading.Event()
    with pytest.raises(KeyError), Meanwhile(asked_to_stop.wait, stop=asked_to_stop.set) as waiting:
        raise KeyError
    assert waiting.is_done


def test_a_run_that_fails_early_leaves_no_thread_reading(tiny_corpus, tmp_path):
    experiment = load_config(tiny_corpus() / "tiny.py")
    experiment = experiment.replace(parallel=Parallel(devices=9))
    before = set(threading.enumerate())
    with pytest.raises(ConfigError, match="9"):
        train(experiment, training_splits(experiment.data), tmp_path / "run", quiet=True)
    assert set(threading.enumerate()) <= before


def test_a_step_can_be_compiled_before_the_network_has_its_statistics(tiny_corpus):
    experiment = load_config(tiny_corpus() / "tiny.py").replace(average=0.9)
    batches = training_input(experiment, experiment.data.manifest("train"))
    first = read_first_batches(batches, experiment.model, is_new=True, records_audio=True)
    assert first.audio is not None
    assert first.statistics is not None

    late = assemble_unprepared(experiment, 4, is_new=True)
    shapes = late.shapes
    late.prepare(first.statistics, first.examples, is_new=True)
    early = assemble(experiment, 4, first.statistics, True)
    for shape, one, other in zip(
        *map(jax.tree.leaves, (shapes, late.state, early.state)), strict=True
    ):
        assert (shape.shape, shape.dtype) == (one.shape, one.dtype)
        np.testing.assert_array_equal(one, other)
    assert np.any(late.state.constants["standardize/mean"])
    assert late.state_bytes == sum(leaf.nbytes for leaf in jax.tree.leaves(late.state))


def test_a_resumed_run_reads_no_statistics(tiny_corpus):
    experiment = load_config(tiny_corpus() / "tiny.py")
    batches = training_input(experiment, experiment.data.manifest("train"))
    first = read_first_batches(batches, experiment.model, is_new=False, records_audio=False)
    assert first == (None, None, None)
