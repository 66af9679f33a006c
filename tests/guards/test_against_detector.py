"""A detector says whether spoofs are too crude to teach it anything, or pass for speech."""

import numpy as np
import pytest
import untrained_runs

from spoofjax.audio.reading import read
from spoofjax.config_files import load_config
from spoofjax.corpora.validation.report import Report
from spoofjax.deployment.detector import Detector
from spoofjax.deployment.manifest_outputs import Outputs, manifest_outputs
from spoofjax.guards.against_detector import check_detector


@pytest.fixture(scope="module")
def experiment(tiny_corpus):
    return load_config(tiny_corpus() / "tiny.py")


@pytest.fixture(scope="module")
def detector(experiment, tmp_path_factory) -> Detector:
    run = untrained_runs.write_run(tmp_path_factory.mktemp("guard") / "run", experiment)
    return Detector.load(run)


def test_the_scores_of_a_manifest_are_those_of_its_files(detector, experiment, tmp_path):
    manifest = experiment.data.manifest("train").take([0, 5, 9])
    scores = manifest_outputs(detector, manifest).scores
    clips, lengths = zip(
        *(detector.prepare(read(path)) for path in manifest.files.paths()), strict=True
    )
    np.testing.assert_allclose(
        scores, detector.score(np.stack(clips), np.array(lengths)), atol=1e-5
    )


@pytest.mark.parametrize(
    ("advantage", "kinds"),
    [(10.0, ["too-crude"]), (1.0, []), (-1.0, ["inverted"])],
)
def test_what_a_detector_makes_of_spoofs_is_said(
    detector, experiment, monkeypatch, advantage, kinds
):
    def outputs(_, manifest):
        noise = np.random.default_rng(1).standard_normal(len(manifest))
        return Outputs(advantage * manifest.label + noise, np.empty((len(manifest), 0)))

    monkeypatch.setattr("spoofjax.guards.against_detector.manifest_outputs", outputs)
    report = Report("tiny")
    # Train has 20 utterances of each class; those of dev are too few.
    manifests = {split: experiment.data.manifest(split) for split in ("train", "dev")}
    check_detector(manifests, detector, "runs/earlier", report)
    assert report.kinds() == kinds
    assert "runs/earlier tells spoofs from bona fide at" in report.problems[0].message
    assert "fewer than 20" in report.problems[1].message
    assert 0 <= report.splits["train"]["detector"][0]["eer"]["value"] <= 1
