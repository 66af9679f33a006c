"""Experiments as files: loading, overriding, JSON and back."""

import json
import re
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from spoofjax import config_files, defaults
from spoofjax.config import Experiment
from spoofjax.corpora import ASVspoof5
from spoofjax.errors import ConfigError
from spoofjax.models import CNN2D

CONFIGS = sorted((Path(__file__).parent.parent / "configs").glob("*.py"))
FRAMED = [path for path in CONFIGS if "front_end=Waveform()" not in path.read_text()]
GOLDEN = Path(__file__).parent / "golden_configs"
OLD_CLASSES = (Path(__file__).parent / "old_runs" / "classes.txt").read_text().split()


@pytest.fixture
def config(repository) -> Path:
    return repository / "configs" / "cnn_lstm.py"


@pytest.mark.parametrize("path", CONFIGS, ids=lambda p: p.stem)
def test_every_config_survives_json(path):
    experiment = config_files.load_config(path)
    assert config_files.loads(config_files.dumps(experiment)) == experiment


@pytest.mark.parametrize("path", CONFIGS, ids=lambda p: p.stem)
def test_every_config_resolves_to_its_golden_file(path):
    golden = json.loads((GOLDEN / f"{path.stem}.json").read_text())
    resolved = config_files.to_json(config_files.load_config(path))
    corpora = [each["data"].get("original", each["data"]) for each in (resolved, golden)]
    corpora[0]["root"] = corpora[1]["root"]
    assert shared_part(resolved, golden) == golden


def test_the_config_for_asvspoof5_was_tried_on_a_small_corpus(repository):
    # Its header says with which options it is cnn2d_lstm.py, whose results on mini5 are known.
    header = (repository / "configs" / "asvspoof5_cnn_lstm.py").read_text().split('"""')[1]
    [options] = re.findall(r"\((--batch[^)]*)\)", header)
    tried = config_files.load_config("asvspoof5_cnn_lstm", options.split())
    small = config_files.load_config("cnn2d_lstm")
    same = {"data": small.data, "checkpoints": small.checkpoints}
    assert tried.replace(evaluation=small.evaluation, **same) == small
    assert tried.evaluation.every == small.evaluation.every


def shared_part(resolved, golden):
    """Return the fields that the golden file names, and the names of classes without modules."""
    if isinstance(golden, list) and len(resolved) == len(golden):
        return [shared_part(*items) for items in zip(resolved, golden, strict=True)]
    if not isinstance(golden, dict):
        return resolved
    fields = {name: shared_part(resolved[name], value) for name, value in golden.items()}
    return fields | {"type": fields["type"].rpartition(".")[2]}


@pytest.mark.parametrize("name", OLD_CLASSES)
def test_the_class_names_of_version_0_1_are_still_read(name):
    cls = config_files.part_class(name)
    assert cls.__name__ == name.rpartition(".")[2]
    # spoofjax.config exports the settings, which have a module of their own since then.
    homes = {"spoofjax.config": ("spoofjax.config", "spoofjax.settings")}
    package = ".".join(name.split(".")[:2])
    assert ".".join(cls.__module__.split(".")[:2]) in homes.get(package, (package,))


def test_the_config_of_a_run_of_version_0_1_is_still_read():
    with tarfile.open(Path(__file__).parent / "old_runs" / "version_0.1.tar.gz") as archive:
        text = archive.extractfile("finished/config.json").read().decode()
    experiment = config_files.loads(text)
    assert isinstance(experiment.data, ASVspoof5)
    assert experiment.steps == 40
    renamed = config_files.with_current_types(json.loads(text))
    assert renamed["data"] == config_files.to_json(experiment)["data"]


@pytest.mark.parametrize("path", CONFIGS, ids=lambda p: p.stem)
def test_every_config_has_a_header_that_says_how_to_run_it(path):
    header = path.read_text().split('"""')[1]
    assert f"spoofjax train configs/{path.name}" in header


def test_loading_a_config_imports_neither_jax_nor_flax(config):
    code = (
        "import sys; from spoofjax.config_files import load_config; "
        f"load_config({str(config)!r}); "
        "print([m for m in ('jax', 'flax', 'orbax', 'grain', 'optax') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_overrides_are_typed_and_nested(config):
    arguments = ["--optimizer.learning-rate", "3e-4", "--data.root", "/corpora/x", "--batch", "8"]
    experiment = config_files.load_config(config, arguments)
    assert experiment.optimizer.learning_rate == 3e-4
    assert experiment.data.root == "/corpora/x"
    assert experiment.batch == 8


@pytest.mark.parametrize("path", FRAMED, ids=lambda p: p.stem)
def test_the_order_of_overrides_does_not_matter(path):
    # A frame longer than the FFT is refused, so the longer frame cannot be applied alone.
    frame, fft = ["--front-end.frame-length", "640"], ["--front-end.fft", "1024"]
    experiment = config_files.load_config(path, frame + fft)
    assert (experiment.front_end.frame_length, experiment.front_end.fft) == (640, 1024)
    assert config_files.load_config(path, fft + frame) == experiment
    with pytest.raises(ConfigError, match="frame_length=640 must be"):
        config_files.load_config(path, frame)


@pytest.mark.parametrize(
    ("arguments", "changes"),
    [
        (["--steps", "None", "--epochs", "2"], {"steps": None, "epochs": 2.0}),
        (["--no-keep-memory", "--batch=8"], {"keep_memory": False, "batch": 8}),
        (["--seed", "7", "--log_every", "3"], {"seed": 7, "log_every": 3}),
    ],
)
def test_overrides_change_nothing_else(config, arguments, changes):
    unchanged = config_files.load_config(config)
    assert config_files.load_config(config, arguments) == unchanged.replace(**changes)


def test_a_sequence_takes_several_values(config):
    experiment = config_files.load_config(config, ["--model.channels", "8", "16"])
    assert experiment.model.channels == (8, 16)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--optimizer.learnin-rate", "1"], "--optimizer.learning-rate"),
        (["--batch", "many"], "batch"),
    ],
)
def test_wrong_overrides_are_usage_errors_that_name_the_option(config, arguments, expected, capsys):
    with pytest.raises(SystemExit) as stop:
        config_files.load_config(config, arguments)
    assert stop.value.code == 2
    printed = capsys.readouterr()
    assert expected in printed.out + printed.err


def test_a_config_without_an_experiment_is_refused(tmp_path):
    path = tmp_path / "empty.py"
    path.write_text("model = 3\n")
    with pytest.raises(ConfigError, match="must define `config = Experiment"):
        config_files.load_config(path)


def test_a_config_that_fails_says_what_failed(tmp_path):
    path = tmp_path / "broken.py"
    path.write_text("import spoofjax.nothing\n")
    with pytest.raises(ConfigError, match="ModuleNotFoundError"):
        config_files.load_config(path)


def test_both_steps_and_epochs_is_a_contradiction(config):
    experiment = config_files.load_config(config)
    with pytest.raises(
        ConfigError, match=r"either `steps` or `epochs`, not as both; .* None unsets"
    ):
        config_files.checked(experiment.replace(steps=10, epochs=1.0))


def test_a_run_folder_cannot_name_code_of_its_own(config):
    data = config_files.to_json(config_files.load_config(config))
    data["model"]["type"] = "os.system"
    with pytest.raises(ConfigError, match="not a class of spoofjax"):
        config_files.from_json(data)


def test_an_unknown_field_in_json_names_the_nearest(config):
    data = config_files.to_json(config_files.load_config(config))
    data["batchh"] = data.pop("batch")
    with pytest.raises(ConfigError, match="Did you mean batch"):
        config_files.from_json(data)


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("batch",), "32", "batch must be a whole number"),
        (("batch",), 2**70, "batch must be a whole number of 64 bits"),
        (("clip", "short"), "cut", "clip.short must be 'tile' or 'pad', not 'cut'"),
        (("clip", "buckets"), 3, "clip.buckets must be a list, not 3"),
        (("optimizer", "learning_rate"), float("nan"), "optimizer.learning_rate must be a finite"),
        (("data",), [], "data must be a Corpus, not a list"),
        (("model",), {"type": "spoofjax.config.Clip"}, "model must be a Model"),
    ],
)
def test_a_wrong_value_in_json_is_named(config, path, value, said):
    data = config_files.to_json(config_files.load_config(config))
    part = data
    for name in path[:-1]:
        part = part[name]
    part[path[-1]] = value
    with pytest.raises(ConfigError, match=said):
        config_files.from_json(data)


def test_a_missing_field_in_json_is_named(config):
    data = config_files.to_json(config_files.load_config(config))
    del data["data"]["root"]
    with pytest.raises(ConfigError, match=r"data cannot be built: .*'root'"):
        config_files.from_json(data)


def test_an_experiment_without_its_model_in_json_is_damaged(config):
    data = config_files.to_json(config_files.load_config(config))
    del data["model"]
    with pytest.raises(ConfigError, match="The experiment has no model"):
        config_files.experiment_from_json(data)


def test_an_experiment_has_a_default_for_all_but_the_data():
    experiment = Experiment(data=ASVspoof5(root="corpus"))
    assert config_files.checked(experiment) == experiment
    assert (experiment.model, experiment.steps) == (CNN2D(), 400)
    parts = ("front_end", "model", "sampling", "loss", "optimizer", "steps")
    with_augmentation = defaults.experiment(data=ASVspoof5(root="corpus"))
    assert all(getattr(experiment, name) == getattr(with_augmentation, name) for name in parts)
    with pytest.raises(TypeError, match="'data'"):
        Experiment()


def test_the_loaded_object_is_an_experiment(config):
    assert isinstance(config_files.load_config(config), Experiment)
