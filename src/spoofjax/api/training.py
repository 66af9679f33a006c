"""Training from Python: what `spoofjax train` does in one process."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spoofjax.cluster.compilation import use_compilation_cache
from spoofjax.config import Experiment
from spoofjax.config_files import checked, load_config
from spoofjax.corpora.splits import training_splits
from spoofjax.runs.folder import RunFolder
from spoofjax.training import loop
from spoofjax.training.input import check_memory


@dataclass(frozen=True, repr=False)
class Run:
    """A finished run: its folder, and the metrics of its evaluated splits by name."""

    folder: Path
    metrics: dict[str, Any]

    def __repr__(self) -> str:
        rates = ", ".join(
            f"{split} EER {values['eer']:.2%}" for split, values in self.metrics.items()
        )
        return f"<Run {self.folder}: {rates}>"


def train(
    config: Experiment | str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    overrides: Sequence[str] = (),
    resume: bool = False,
    quiet: bool = True,
) -> Run:
    """Train, evaluate and report an experiment in the folder `out`; return the run.

    `config` is an experiment, a configuration file or the name of a shipped configuration.
    `overrides` change a configuration file as on the command line, such as ["--steps", "500"].
    With `resume`, a run in `out` is continued. Raises SpoofjaxError before anything is compiled
    where the configuration, the corpus, the folder or the memory does not fit.
    """
    if isinstance(config, Experiment):
        experiment = checked(config.replace(model=config.model.resolved()))
    else:
        experiment = load_config(Path(config), overrides)
    folder = Path(out).expanduser()
    manifests = training_splits(experiment.data)
    RunFolder(folder).check(experiment, manifests, resume=resume)
    check_memory(experiment, 1)
    use_compilation_cache()
    return Run(folder, loop.train(experiment, manifests, folder, resume=resume, quiet=quiet))
