"""Speaker encoders of users: embeddings, scores of claims, and models that do not fit."""

import numpy as np
import pytest
import soundfile

from spoofjax.deployment.speaker_encoder import SpeakerEncoder, speaker_score
from spoofjax.deployment.speaker_trials import write_speaker_scores
from spoofjax.errors import AudioError, ConfigError, ScoreError

onnx = pytest.importorskip("onnx", reason="needs the extra `onnx`")
pytest.importorskip("onnxruntime", reason="needs the extra `onnx`")

import speaker_models  # noqa: E402  (it needs onnx)

pytestmark = pytest.mark.slow
RATE = 16_000


def voice(hertz: float, seconds: float = 1.0, seed: int = 0) -> np.ndarray:
    """A tone that swells and fades, in some noise."""
    times = np.arange(round(seconds * RATE)) / RATE
    noise = np.random.default_rng(seed).normal(0, 0.01, len(times))
    swell = 0.3 + 0.25 * np.sin(2 * np.pi * 3 * times)
    return (swell * np.sin(2 * np.pi * hertz * times) + noise).astype(np.float32)


@pytest.fixture(scope="module")
def audio(tmp_path_factory):
    """A folder with two recordings each of a low and of a high voice."""
    folder = tmp_path_factory.mktemp("voices")
    for name, hertz in (("low", 200), ("high", 400)):
        for number in (1, 2):
            samples = voice(hertz, seed=number)
            soundfile.write(folder / f"{name}{number}.wav", samples, RATE, subtype="PCM_16")
    return folder


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    return SpeakerEncoder(speaker_models.write_encoder(tmp_path_factory.mktemp("e") / "e.onnx"))


def test_an_embedding_has_length_one_and_that_of_the_same_voice_is_nearer(encoder, audio):
    low, high = (encoder.enrol_file(audio / f"{name}1.wav")[0] for name in ("low", "high"))
    test, _ = encoder.embed_file(audio / "low2.wav")
    assert test.shape == (2,)
    assert np.linalg.norm(test) == pytest.approx(1)
    assert speaker_score(test, [low]) > 0.99 > 0.8 > speaker_score(test, [high])


def test_the_score_is_the_cosine_with_the_mean_of_the_enrolment_embeddings():
    enrolments = [np.array([1.0, 0.0]), np.array([0.0, 1.0])]
    assert speaker_score(np.array([0.6, 0.8]), enrolments) == pytest.approx(1.4 / np.sqrt(2))
    with pytest.raises(AudioError, match="cancel each other"):
        speaker_score(np.array([0.6, 0.8]), [np.array([1.0, 0.0]), np.array([-1.0, 0.0])])


def test_a_model_with_a_channel_axis_gives_the_same_embedding(encoder, tmp_path):
    path = speaker_models.write_encoder(tmp_path / "channels.onnx", ("batch", 1, "samples"))
    samples = voice(200)
    assert np.array_equal(SpeakerEncoder(path).embed(samples), encoder.embed(samples))


def test_the_first_minute_counts(encoder):
    minute = np.tile(voice(200), 60)
    longer = np.append(minute, voice(400))
    assert np.array_equal(encoder.embed(longer), encoder.embed(minute))


def test_silence_has_no_speaker(encoder, tmp_path):
    soundfile.write(tmp_path / "silent.wav", np.zeros(RATE), RATE)
    with pytest.raises(AudioError, match=r"silent\.wav: nobody can be enrolled.*digital silence"):
        encoder.enrol_file(tmp_path / "silent.wav")
    with pytest.raises(AudioError, match="embedding of zeros"):
        encoder.embed(np.zeros(RATE, np.float32))


def test_samples_that_the_model_fails_on_are_counted(tmp_path):
    pairs = onnx.helper.make_node("Reshape", ["waveform", "pairs"], ["paired"])
    first = onnx.helper.make_node("ReduceMean", ["paired"], ["mean"], axes=[2], keepdims=0)
    model = [("waveform", (1, "samples"))], [("mean", (1, "half"))], {"pairs": [1, -1, 2]}
    path = speaker_models.write_model(tmp_path / "pairs.onnx", [pairs, first], *model)
    pairing = SpeakerEncoder(path)
    assert pairing.embed(voice(200)[:100]).shape == (50,)
    with pytest.raises(AudioError, match="fails on 99 samples"):
        pairing.embed(voice(200)[:99])


def unfit_models():
    """Nodes, inputs and outputs of models that are no speaker encoders, and what is said."""
    node, waveform = onnx.helper.make_node, ("waveform", (1, "samples"))
    means = node("ReduceMean", ["waveform"], ["mean"], axes=[1])
    copies = [node("Identity", ["waveform"], ["a"]), node("Identity", ["waveform"], ["b"])]
    squares = node("Sqrt", ["waveform"], ["roots"])
    features = ("waveform", (1, "frames", 80))
    output = ("a", (1, "samples"))
    return {
        "2 inputs": ([copies[0]], [waveform, ("lengths", (1,))], [output]),
        "2 outputs": (copies, [waveform], [output, ("b", (1, "samples"))]),
        "of shape \\[1, 'frames', 80\\]": ([copies[0]], [features], [("a", features[1])]),
        "of shape \\['samples'\\]": ([copies[0]], [("waveform", ("samples",))], [("a", ("n",))]),
        "of shape \\[1, 16000\\]": ([copies[0]], [("waveform", (1, 16_000))], [("a", (1, 16_000))]),
        "noise.*output of shape \\(1, 1\\)": ([means], [waveform], [("mean", (1, 1))]),
        "noise.*gives NaN": ([squares], [waveform], [("roots", (1, "samples"))]),
    }


@pytest.mark.parametrize("problem", unfit_models())
def test_a_model_that_is_no_encoder_of_waveforms_is_refused(problem, tmp_path):
    path = speaker_models.write_model(tmp_path / "unfit.onnx", *unfit_models()[problem])
    with pytest.raises(ConfigError, match=rf"unfit\.onnx .*{problem}"):
        SpeakerEncoder(path)


def test_files_that_are_no_models_are_named(tmp_path):
    (tmp_path / "text.onnx").write_text("not a model")
    with pytest.raises(ConfigError, match=r"text\.onnx is no ONNX model"):
        SpeakerEncoder(tmp_path / "text.onnx")
    with pytest.raises(ConfigError, match=r"no speaker encoder .*none\.onnx"):
        SpeakerEncoder(tmp_path / "none.onnx")
    with pytest.raises(ConfigError, match="--encoder-rate 16"):
        SpeakerEncoder(tmp_path / "none.onnx", rate=16)


@pytest.fixture
def trials(tmp_path):
    """Trials and enrolment of two speakers."""
    (tmp_path / "trials.tsv").write_text(
        "spk\tfilename\tcm-score\nL\tlow2\t1.5\nL\thigh2\t1.5\nH\thigh2.wav\t-2\n"
    )
    (tmp_path / "enrolment.tsv").write_text("L low1,low2\nH high1\nX missing\n")
    return tmp_path


def test_trials_get_scores_and_keep_their_columns(encoder, audio, trials):
    paths = trials / "trials.tsv", trials / "enrolment.tsv", audio, trials / "scores.tsv"
    calls = []
    count = write_speaker_scores(encoder, *paths, progress=lambda *call: calls.append(call))
    assert count == 3
    assert calls == [(1, 2), (2, 2)]  # low2.wav, high2.wav
    header, *rows = [line.split("\t") for line in paths[3].read_text().splitlines()]
    assert header == ["spk", "filename", "cm-score", "asv-score"]
    assert [row[:3] for row in rows] == [["L", "low2", "1.5"], ["L", "high2", "1.5"], [
        "H", "high2.wav", "-2"
    ]]  # fmt: skip
    same, other, same_high = (float(row[3]) for row in rows)
    assert min(same, same_high) > 0.99 > 0.8 > other


@pytest.mark.parametrize(
    ("file", "text", "problem"),
    [
        ("trials.tsv", "spk\tfilename\nL\tnone\n", r"trials\.tsv, line 2: .* has no file none"),
        ("trials.tsv", "spk\tfilename\nZ\tlow2\n", "line 2: .* does not name Z"),
        ("trials.tsv", "spk\tfile\nL\tlow2\n", "no column 'filename'"),
        ("enrolment.tsv", "L low1 low2\n", r"enrolment\.tsv, line 1: 3 fields"),
        ("enrolment.tsv", "L low1\nL low2\n", "line 2: L is enrolled twice"),
        ("enrolment.tsv", "L low1,none\n", "line 1: .* has no file none"),
    ],
)
def test_a_row_that_cannot_be_scored_is_named(encoder, audio, trials, file, text, problem):
    (trials / file).write_text(text)
    paths = trials / "trials.tsv", trials / "enrolment.tsv", audio, trials / "scores.tsv"
    with pytest.raises(ScoreError, match=problem):
        write_speaker_scores(encoder, *paths)
    assert not paths[3].exists()
