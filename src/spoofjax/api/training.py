"""Training from Python: what `spoofjax train` does in one process."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spoofjax.cluster.compilation import use_compilation_cache
from spoofjax.config import Experiment
from spoofjax.config_files import callbacks_of, checked, load_config
from spoofjax.corpora.splits import training_splits
from spoofjax.errors import ConfigError
from spoofjax.report.viewers import Callback
from spoofjax.runs.default_folder import default_run_folder
from spoofjax.runs.folder import RunFolder
from spoofjax.runs.starting import resolved
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
    out: str | os.PathLike[str] | None = None,
    *,
    overrides: Sequence[str] = (),
    resume: bool = False,
    quiet: bool = True,
    callbacks: Sequence[Callback] = (),
) -> Run:
    """Train, evaluate and report an experiment in the folder `out`; return the run.

    Without `out`, the folder is runs/NAME-DATE-TIME, with the name of the file or of the model.
    `config` is an experiment, a configuration file or the name of a shipped configuration.
    `overrides` change a configuration file as on the command line, such as ["--steps", "500"].
    With `resume`, a run in `out` is continued. `callbacks` are called with every line of the
    history, after those of a configuration file. Raises SpoofjaxError before anything is compiled
    where the configuration, the corpus, the folder or the memory does not fit.
    """
    if isinstance(config, Experiment):
        name = type(config.model).__name__.lower()
        experiment = checked(config.replace(model=config.model.resolved()))
    else:
        name = Path(config).stem
        experiment = _of_file(Path(config), overrides)
    folder = default_run_folder(name) if out is None else Path(out).expanduser()
    manifests = training_splits(experiment.data)
    experiment = resolved(experiment, manifests["train"])
    RunFolder(folder).check(experiment, manifests, resume=resume)
    check_memory(experiment, 1)
    use_compilation_cache()
    of_file = () if isinstance(config, Experiment) else callbacks_of(Path(config))
    flags: dict[str, Any] = {"resume": resume, "quiet": quiet}
    metrics = loop.train(experiment, manifests, folder, **flags, callbacks=(*of_file, *callbacks))
    return Run(folder, metrics)


def _of_file(path: Path, overrides: Sequence[str]) -> Experiment:
    """Return the experiment of a configuration file; a wrong override is an error here too."""
    try:
        return load_config(path, overrides)
    except SystemExit as error:  # how the parser of the command line ends
        raise ConfigError(
            f"{path} does not take the overrides {' '.join(overrides)}; the lines above say why."
        ) from error
