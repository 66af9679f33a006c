"""The configuration file for a folder of recordings or a published corpus, as text."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import NamedTuple

import numpy as np

from spoofjax.config import Corpus
from spoofjax.corpora.own_data.plan import Plan
from spoofjax.errors import printable

MADE_BY = "Made     by `spoofjax init`"
"""How a line of the header begins by which such a file is recognised."""
RATE = 16_000
DRAWS = 10
"""Times that a run hears each training utterance, within the limits of its length."""
STEPS = (400, 20_000)
"""The least and the greatest length of a run, in steps."""
LARGE = 20_000
"""Training utterances from which on a batch is twice as large."""

TABLE = """Table(
        root={root!r},
        train=TABLE,
        dev=TABLE,
        eval=TABLE,
        split="split",
        name={name!r},
    )"""

TEXT = '''"""{title}

{made_by} {folder}.
Splits   {splits}
Command  spoofjax train {config}
"""

{imports}
from spoofjax.config import Clip, Evaluation
from spoofjax.corpora{module} import {corpus}
from spoofjax.defaults import experiment
from spoofjax.models import CNN2D

{constants}config = experiment(
    data={data},
    model=CNN2D(),
    clip=Clip(train={train:_}, evaluate={evaluate:_}, short="pad", level_dbfs=-26.0),
    batch={batch},
    steps={steps:_},
    evaluation=Evaluation(every={every:_}),
)
'''


class Sizes(NamedTuple):
    """The settings that follow from the size of a corpus."""

    train: int
    """Samples of a training clip."""
    evaluate: int
    batch: int
    steps: int
    every: int


def sizes_for(utterances: int, seconds: np.ndarray | None = None) -> Sizes:
    """Return the settings for a number of training utterances and the durations of all.

    Evaluation hears nine of ten recordings whole, but at least 1 and at most 4 seconds; training
    hears half of that.
    """
    heard = 3.0 if seconds is None else float(np.clip(np.percentile(seconds, 90), 1.0, 4.0))
    evaluate = round(heard * 10) * RATE // 10
    batch = 64 if utterances >= LARGE else 32
    hundreds = math.ceil(DRAWS * utterances / batch / 100)
    steps = int(np.clip(100 * hundreds, *STEPS))
    every = max(steps // 80 * 10, 50)
    return Sizes(max(evaluate // 2, RATE), evaluate, batch, steps, every)


def text_for_plan(plan: Plan, config: Path, table: Path) -> str:
    """Return the configuration of a folder whose splits are in a table beside the file."""
    name = plan.folder.resolve().name
    train = plan.count(1, "train") + plan.count(0, "train")
    labels = [one.label for one in plan.recordings]
    return TEXT.format(
        title=_quoted(
            f"{name}: {labels.count(1):,} bona fide and {labels.count(0):,} spoofed recordings."
        ),
        made_by=MADE_BY,
        folder=_quoted(str(plan.folder)),
        splits=_quoted(f"{plan.split_by}; {table.name} lists them"),
        config=_quoted(str(config)),
        imports="from pathlib import Path\n",
        module="",
        corpus="Table",
        constants='TABLE = str(Path(__file__).resolve().with_suffix(".tsv"))\n\n',
        # The name becomes part of paths, in which a backslash cannot be.
        data=TABLE.format(root=str(plan.folder.resolve()), name=name.replace("\\", "-")),
        **sizes_for(train, plan.seconds())._asdict(),
    )


def text_for_corpus(corpus: Corpus, utterances: int, folder: Path, config: Path) -> str:
    """Return the configuration of a published or packed corpus, which has splits of its own."""
    kind = type(corpus)
    is_packed = kind.__module__.startswith("spoofjax.corpora.packing.")
    return TEXT.format(
        title=f"{kind.__name__}: {utterances:,} training utterances.",
        made_by=MADE_BY,
        folder=_quoted(str(folder)),
        splits="those of the corpus",
        config=_quoted(str(config)),
        imports="",
        module=".packing.packed" if is_packed else "",
        corpus=kind.__name__,
        constants="",
        data=_written(corpus),
        **sizes_for(utterances)._asdict(),
    ).replace('"""\n\n\n', '"""\n\n')


def _written(corpus: Corpus) -> str:
    """Return the expression that makes a corpus: the fields that differ from their defaults."""
    fields = {
        field.name: getattr(corpus, field.name)
        for field in dataclasses.fields(corpus)  # type: ignore[arg-type]
    }
    fields["root"] = str(Path(fields["root"]).resolve())
    defaults = {f.name: f.default for f in dataclasses.fields(corpus)}  # type: ignore[arg-type]
    given = [f"{name}={value!r}" for name, value in fields.items() if value != defaults[name]]
    return f"{type(corpus).__name__}({', '.join(given)})"


def _quoted(text: str) -> str:
    """Return text that can stand in a docstring."""
    return printable(text).replace("\\", "\\\\").replace('"', '\\"')
