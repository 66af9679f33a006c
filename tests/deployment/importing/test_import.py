"""Published weights become runs: the official scores, and what is refused."""

import json

import numpy as np
import pytest
from safetensors.numpy import save_file

from spoofjax.audio.reading import read
from spoofjax.cli import main
from spoofjax.deployment.detector import Detector
from spoofjax.deployment.importing.architectures import ARCHITECTURES
from spoofjax.models.arrays import flatten

CLIPS = ("audio/D18_1000001.wav", "audio/real_11463_11657_000002.flac")
MADE = {
    "zeros": np.zeros(64_600, np.float32),
    "sine": (0.5 * np.sin(2 * np.pi * 440 * np.arange(64_600) / 16_000)).astype(np.float32),
    "noise": (0.1 * np.random.RandomState(0).randn(64_600)).astype(np.float32),
}


def imported(shared, file, name, folder, *options):
    """Import an official checkpoint and return the folder of the run."""
    path = shared / "fixtures/checkpoints" / file
    out = folder / name
    assert main(["import", str(path), "--as", name, "--out", str(out), *options]) == 0
    return out


def official(shared, file):
    """Return the official scores of a checkpoint by clip."""
    golden = json.loads((shared / "fixtures/golden.json").read_text())[file]
    return {clip: value[1] if isinstance(value, list) else value for clip, value in golden.items()}


def scores(shared, run, clips):
    """Return the scores that a run gives clips, all heard as `spoofjax score` hears them."""
    detector = Detector.load(run)
    waves = [MADE[c] if c in MADE else read(shared / "fixtures" / c, 16_000) for c in clips]
    # One at a time: whole utterances have clips of different lengths.
    results = []
    for wave in waves:
        clip, valid = detector.prepare(wave)
        results += detector.score(clip[None], np.array([valid])).tolist()
    return results


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("aasist_l.pth", "aasist_l"),
        pytest.param("aasist.pth", "aasist", marks=pytest.mark.slow),
        pytest.param("aasist_asvspoof5.pth", "aasist", marks=pytest.mark.slow),
        ("lfcc_lcnn_blstm.pt", "lfcc_lcnn_blstm"),
    ],
)
def test_official_weights_give_the_official_scores(shared, tmp_path, file, name):
    run = imported(shared, file, name, tmp_path)
    golden = official(shared, file)
    clips = (*MADE, *CLIPS)
    for clip, score in zip(clips, scores(shared, run, clips), strict=True):
        assert score == pytest.approx(golden[clip], abs=2e-3), clip


@pytest.mark.slow
def test_lcnn_scores_whole_utterances_as_published(shared, tmp_path):
    run = imported(shared, "lfcc_lcnn_blstm.pt", "lfcc_lcnn_blstm", tmp_path, "--whole-utterances")
    golden = official(shared, "lfcc_lcnn_blstm.pt")
    for clip, score in zip(CLIPS, scores(shared, run, CLIPS), strict=True):
        assert score == pytest.approx(golden[f"{clip}/full"], abs=2e-3), clip


def fake(name, folder, change=lambda tensors: None):
    """Write a file with random tensors of the published names and shapes; return its path."""
    architecture = ARCHITECTURES[name]
    shapes = shapes_of(architecture)
    draw = np.random.default_rng(0)
    tensors = {}
    for entry in architecture.entries({}):
        expected = entry.shapes_in_file(shapes[entry.ours])
        for tensor, shape in zip(entry.theirs, expected, strict=True):
            tensors[tensor] = draw.uniform(0.5, 1, shape).astype(np.float32)
    change(tensors)
    path = folder / f"{name}.safetensors"
    save_file(tensors, path)
    return path


def shapes_of(architecture):
    from flax import nnx

    model = architecture.model({})
    coefficients = 60 if architecture.hears_whole else 1
    state = nnx.state(nnx.eval_shape(lambda: model.build(coefficients, nnx.Rngs(0))))
    return {ours: tuple(leaf.shape) for ours, leaf in flatten(state).items()}


@pytest.mark.parametrize("name", ["rawgat_st", "rawgat_st_cat", "rawnet2_asvspoof5"])
def test_every_array_of_a_network_has_its_tensor(name, tmp_path):
    path = fake(name, tmp_path)
    assert main(["import", str(path), "--as", name, "--out", str(tmp_path / "run")]) == 0
    detector = Detector.load(tmp_path / "run")
    assert (
        detector.params.keys() | detector.constants.keys() == shapes_of(ARCHITECTURES[name]).keys()
    )


def test_the_names_of_the_later_rawgat_st_are_known_too(tmp_path):
    early, late = ("GAT_layer1.", "proj1."), ("GAT_layer_spectral.", "proj_spectral.")
    others = {
        "GAT_layer2.": "GAT_layer_temp.",
        "GAT_layer3.": "GAT_layer_spectro_temp.",
        "proj2.": "proj_temp.",
        "proj.": "proj_spectro_temp.",
        "proj_node.": "output_layer.",
    }
    others |= dict(zip(early, late, strict=True))

    def rename(tensors):
        for name in list(tensors):
            for old, new in others.items():
                if name.startswith(old):
                    tensors["module." + name.replace(old, new, 1)] = tensors.pop(name)
                    break
            else:
                tensors["module." + name] = tensors.pop(name)

    path = fake("rawgat_st", tmp_path, rename)
    assert main(["import", str(path), "--as", "rawgat_st", "--out", str(tmp_path / "run")]) == 0


def refusal(capsys, *arguments):
    assert main(["import", *map(str, arguments)]) == 1
    return capsys.readouterr().err


def test_tensors_that_do_not_fit_are_listed_by_name(tmp_path, capsys):
    def damage(tensors):
        del tensors["pos_S"]
        tensors["out_layer.weight"] = np.zeros((3, 160), np.float32)
        tensors["surprise"] = np.zeros(1, np.float32)

    path = fake("aasist", tmp_path, damage)
    message = refusal(capsys, path, "--as", "aasist", "--out", tmp_path / "run")
    assert "lacks pos_S" in message
    assert "out_layer.weight ((3, 160), expected (2, 160))" in message
    assert "unknown tensors: surprise" in message
    assert not (tmp_path / "run").exists()


def test_values_that_are_not_finite_are_refused(tmp_path, capsys):
    def damage(tensors):
        tensors["first_bn.bias"] = np.array([np.nan], np.float32)

    path = fake("aasist_l", tmp_path, damage)
    message = refusal(capsys, path, "--as", "aasist_l", "--out", tmp_path / "run")
    assert "not finite in first_bn.bias" in message


def test_a_truncated_file_is_refused_by_its_name(tmp_path, capsys):
    path = fake("aasist_l", tmp_path)
    path.write_bytes(path.read_bytes()[:-1000])
    message = refusal(capsys, path, "--as", "aasist_l", "--out", tmp_path / "run")
    assert str(path) in message


def test_another_architecture_is_named_with_the_nearest_one(tmp_path, capsys):
    message = refusal(capsys, tmp_path / "x", "--as", "aasist_m", "--out", tmp_path / "run")
    assert "There is no architecture 'aasist_m'" in message
    assert "Did you mean aasist" in message


def test_a_folder_with_files_is_left_alone(tmp_path, capsys):
    (tmp_path / "run").mkdir()
    (tmp_path / "run/file").write_text("")
    path = fake("aasist_l", tmp_path)
    assert "not an empty folder" in refusal(
        capsys, path, "--as", "aasist_l", "--out", tmp_path / "run"
    )


def test_only_a_model_that_masks_padding_takes_whole_utterances(tmp_path, capsys):
    message = refusal(
        capsys, tmp_path / "x", "--as", "aasist", "--out", tmp_path / "run", "--whole-utterances"
    )
    assert "aasist takes clips of one length only" in message
