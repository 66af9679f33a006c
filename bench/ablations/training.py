"""Train the runs of a table by the real `spoofjax`, and read what they reached."""

from __future__ import annotations

import string
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from bench.ablations.material import prepared
from spoofjax.json_files import read_json
from spoofjax.runs.folder import RunFolder

CONFIG = """
from pathlib import Path

from spoofjax.audio.augmentation import *
from spoofjax.config import Augmentation, Clip
from spoofjax.config_files import load_config
from spoofjax.corpora import ASVspoof5, WithCopies
from spoofjax.features import Waveform
from spoofjax.loading.sampling import Balanced, Natural, Paired
from spoofjax.models import CNN2D, SelfSupervised
from spoofjax.models.encoders import Wav2Vec2
from spoofjax.models.heads import RAT
from spoofjax.synthesis import *
from spoofjax.training.losses import *
from spoofjax.training.optimizers import Adam

config = load_config("cnn2d").replace(data=ASVspoof5(root={root!r}, language="-"))
config = config.replace({base}).replace({changes})
"""
SPOOFJAX = (sys.executable, "-m", "spoofjax.cli")


@dataclass(frozen=True)
class Trainings:
    """The trainings of a table, on the corpus at `root`, in folders of `out`."""

    root: Path
    out: Path
    steps: int
    base: str
    """What all runs change in configs/cnn2d.py, as arguments of `replace`."""

    def run(self, name: str, changes: str, seed: int) -> Path:
        """Train one run, unless it is finished already; return its folder."""
        label = "".join(c if c.isalnum() else "-" for c in name)
        folder = self.out / f"{label}-{seed}"
        if not RunFolder(folder).markdown.is_file():
            started = time.perf_counter()
            arguments = ["--seed", seed, "--steps", self.steps, "--checkpoints.keep-best", 3]
            arguments += ["--evaluation.every", max(self.steps // 8, 1)]
            config = self._config(label, changes)
            _spoofjax("train", config, "--out", folder, "--resume", "--quiet", *arguments)
            print(f"{name}, seed {seed}: {time.perf_counter() - started:.0f} s", flush=True)
        return folder

    def _config(self, label: str, changes: str) -> Path:
        """Write the configuration of a row, and make the material that it names."""
        names = {name for _, name, _, _ in string.Formatter().parse(changes) if name}
        places = {name: prepared(name, self.root, self.out) for name in names - {"root"}}
        root = str(self.root)
        path = self.out / f"{label}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        changes = changes.format(root=root, **places)
        path.write_text(CONFIG.format(root=root, base=self.base, changes=changes))
        return path

    def average(self, folder: Path) -> Path:
        """Average the best checkpoints of a run: three, or as many as it has."""
        out = folder.with_name(f"{folder.name}-average")
        if not out.exists():
            best = RunFolder(folder).checkpoints / "best"
            count = min(3, sum(path.name.isdigit() for path in best.iterdir()))
            if count < 2:
                return folder
            _spoofjax("average", folder, "--best", count, "--out", out)
        return out

    def ensemble(self, folders: list[Path]) -> Path:
        """Join runs into one detector."""
        out = self.out / "ensemble"
        if not out.exists():
            _spoofjax("ensemble", *folders, "--out", out)
        return out


def rates(folder: Path) -> dict[str, float]:
    """Return the EER of each evaluated split, in percent."""
    run = RunFolder(folder)
    splits = [split for split in ("dev", "eval") if run.split_metrics(split).is_file()]
    return {split: 100 * read_json(run.split_metrics(split))["eer"] for split in splits}


def _spoofjax(*arguments: object) -> None:
    subprocess.run([*SPOOFJAX, *map(str, arguments)], check=True, stdout=subprocess.DEVNULL)
