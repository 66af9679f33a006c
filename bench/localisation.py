"""Does a run with Localisation find spoofed parts better than the score of windows does?

    python -m bench.localisation LOCALISING_RUN OTHER_RUN --corpus DIR [--count 40] [--json FILE]

The corpus is in ASVspoof 5 layout. From its dev split, a folder in the layout of PartialSpoof is
made: utterances with one or two pieces of another one, in equal numbers of each combination of
classes. Every utterance has joins, and in half of them both sides are of one class, so that a join
is no cue. The first run scores its steps. The other one, which scores utterances, is applied in
windows of several lengths, one every 160 ms; its best length is the fair comparison.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

import numpy as np
import soundfile

from spoofjax.audio.reading import read_clip
from spoofjax.audio.seeds import draw_seeds
from spoofjax.corpora import ASVspoof5, PartialSpoof
from spoofjax.deployment.detector import Detector
from spoofjax.deployment.locating import located
from spoofjax.evaluation.localisation import Localisation
from spoofjax.files import write_json
from spoofjax.synthesis import Splices

RATE, LONGEST = 16_000, 4
STEP = 0.02
PIECES = Splices(probability=1.0)
WINDOWS = (0.32, 0.64, 1.28)
HOP = 0.16
KINDS = ((1, 0), (0, 1), (1, 1), (0, 0))
"""Classes of the utterance and of the pieces that are put into it."""


def make_spliced(corpus: str, folder: Path, count: int, seed: int = 0) -> PartialSpoof:
    """Write `count` utterances of each kind and their segment labels as the dev split of a corpus.

    Raises CorpusError or AudioError where the corpus cannot be read.
    """
    manifest = ASVspoof5(root=corpus, language="-").manifest("dev")
    random = np.random.default_rng(seed)
    database = folder / "database"
    audio = database / "dev" / "con_wav"
    protocols = database / "protocols" / "PartialSpoof_LA_cm_protocols"
    for path in (audio, protocols, database / "segment_labels"):
        path.mkdir(parents=True)
    lines, tables = [], {}
    for number in range(count * len(KINDS)):
        classes = KINDS[number % len(KINDS)]
        rows = [int(random.choice(np.flatnonzero(manifest.label == label))) for label in classes]
        (clip, labels), (donor, donor_labels) = (
            _utterance(manifest.path(row), label) for row, label in zip(rows, classes, strict=True)
        )
        PIECES.put(clip, labels, donor, donor_labels, int(draw_seeds(seed, number)), RATE)
        name = f"CON_D_{number:07d}"
        soundfile.write(audio / f"{name}.wav", np.clip(clip, -1, 1), RATE)
        is_spoof = labels.min() == 0
        key = "A01 spoof" if is_spoof else "- bonafide"
        lines.append(f"{manifest.column('speaker').at(rows[0])} {name} - {key}\n")
        size = round(STEP * RATE)
        padded = np.pad(labels, (0, -len(labels) % size), constant_values=1)
        tables[name] = np.array([str(label) for label in padded.reshape(-1, size).min(1)])
    (protocols / "PartialSpoof.LA.cm.dev.trl.txt").write_text("".join(lines))
    np.save(database / "segment_labels" / f"dev_seglab_{STEP:g}.npy", np.array(tables))
    return PartialSpoof(root=str(folder), step="0.02")


def _utterance(path: str, label: int) -> tuple[np.ndarray, np.ndarray]:
    """Return float32 (samples,), at most LONGEST seconds of a file, and the label of each."""
    out = np.zeros(LONGEST * RATE, np.float32)
    samples = read_clip(path, RATE, len(out), None, out).samples.astype(np.float32)
    return samples.copy(), np.full(len(samples), label, np.int8)


def in_windows(detector: Detector, seconds: float) -> Detector:
    """Return a detector that hears windows of another length."""
    clip = detector.experiment.clip
    shorter = clip.replace(evaluate=round(seconds * RATE), buckets=())
    experiment = detector.experiment.replace(clip=shorter)
    return Detector(experiment, detector.decision, detector.params, detector.constants)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("localising", type=Path)
    parser.add_argument("other", type=Path)
    parser.add_argument("--corpus", required=True)
    parser.add_argument("--count", type=int, default=40, help="utterances of each kind")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    results: dict[str, dict] = {}
    with tempfile.TemporaryDirectory() as folder:
        manifest = make_spliced(options.corpus, Path(folder), options.count).manifest("dev")

        def measure(name: str, scored: Localisation) -> None:
            table = results[name] = scored.to_json()
            cells = [(f"{1000 * row['seconds']:.0f} ms", row) for row in table["segments"]]
            cells.append(("range", table["range"]))
            print(name)
            for length, row in cells:
                print(
                    f"  {length:>8} {row['eer']:8.2%}   {row['low']:.2%} to {row['high']:.2%}",
                    flush=True,
                )

        measure("segment scores", located(Detector.load(options.localising), manifest))
        other = Detector.load(options.other)
        for seconds in WINDOWS:
            scored = located(in_windows(other, seconds), manifest, hop=HOP)
            measure(f"utterance scores, windows of {seconds} s", scored)
    if options.json is not None:
        write_json(options.json, results)


if __name__ == "__main__":
    main()
