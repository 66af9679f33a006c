"""Do explanations mark what a detector hears? The deletion test over many utterances of a split.

    python -m bench.deletion RUN [--method grad_cam] [--utterances 50] [--split eval] [--seed 0]
                                 [--json FILE]

Half of the utterances are bona fide, half spoofed, drawn by the seed; RUN is a finished run whose
corpus is in its place. For each, the tenth of the cells that an explanation marks is set to the
background, and so are 19 random regions (docs/explanations.md). A line for each utterance and the
mean difference, with its 95 % interval over utterances.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from spoofjax.corpora.manifest import BONAFIDE, SPOOF
from spoofjax.deployment.detector import Detector
from spoofjax.deployment.explaining.deletion import Deletion
from spoofjax.deployment.explaining.explainer import Explainer
from spoofjax.deployment.explaining.methods import METHODS, Method
from spoofjax.evaluation.deletion import deletion_study
from spoofjax.loading.sources import source_of


def deletions(
    run: Path, method: Method, split: str, utterances: int, seed: int
) -> Iterator[tuple[str, Deletion]]:
    """Yield the key and the deletion test of each utterance that is drawn."""
    detector = Detector.load(run)
    explainer = Explainer(detector, method=method)
    clip, rate = detector.experiment.clip.evaluate, detector.experiment.front_end.rate
    manifest = detector.experiment.data.manifest(split)
    generator, source = np.random.default_rng(seed), source_of(manifest, rate)
    classes = [
        generator.permutation(np.flatnonzero(manifest.label == label))
        for label in (BONAFIDE, SPOOF)
    ]
    for pair in zip(*(rows[: (utterances + 1) // 2] for rows in classes), strict=False):
        for row in map(int, pair):
            samples = np.zeros(clip, np.float32)
            samples = samples[: source.clip(row, None, samples, "pad")]
            explanation = explainer.explain(samples, occludes=False)
            yield str(manifest.keys()[row]), explanation.deletion


def main() -> None:
    """Explain the utterances, and print what their deletion tests say together."""
    parser = argparse.ArgumentParser(description="The deletion test over many utterances.")
    parser.add_argument("run", type=Path)
    parser.add_argument("--method", choices=METHODS, default=METHODS[0])
    parser.add_argument("--utterances", type=int, default=50)
    parser.add_argument("--split", default="eval")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    tests = []
    drawn = options.method, options.split, options.utterances, options.seed
    for key, test in deletions(options.run, *drawn):
        tests.append(test)
        verdict = "holds" if test.holds else "fails"
        print(f"{key}  {test.moved:8.3f}  {np.mean(test.random):8.3f}  {verdict}", flush=True)
    study = deletion_study([test.moved for test in tests], [test.random for test in tests])
    print(json.dumps(dataclasses.asdict(study)))
    if options.json:
        options.json.write_text(json.dumps(dataclasses.asdict(study), indent=1) + "\n")


if __name__ == "__main__":
    main()
