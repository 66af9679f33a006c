"""Writing the configuration for a folder, and the table of its splits."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Collection
from pathlib import Path

from spoofjax.config import Corpus
from spoofjax.corpora.audio_files import walk_audio
from spoofjax.corpora.opening import open_corpus
from spoofjax.corpora.own_data.config_text import MADE_BY, text_for_corpus, text_for_plan
from spoofjax.corpora.own_data.plan import Plan, plan
from spoofjax.corpora.readers.folder import Folder
from spoofjax.corpora.tables import read_table
from spoofjax.errors import ConfigError, CorpusError
from spoofjax.files import write_text

COLUMNS = ("file", "label", "split", "speaker", "attack")
WORDS = ("spoof", "bonafide")
"""The word for each label in the table."""


def config_for(folder: Path) -> Path:
    """Return where the configuration of a folder is written by default: in this directory."""
    return Path(f"{folder.resolve().name}.py")


def is_written_here(config: Path) -> bool:
    """Whether a file is a configuration that `write_config` wrote."""
    return MADE_BY in config.read_text(encoding="utf-8", errors="replace")[:2000]


def write_config(
    folder: Path,
    config: Path,
    *,
    bonafide: Collection[str] = (),
    spoof: Collection[str] = (),
    replace: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> list[str]:
    """Write the configuration of a folder; return what was decided, in lines.

    A published or packed corpus is used as it is. Of other folders, a table beside the
    configuration lists the recordings and their splits. Raises ConfigError where one of the two
    files exists, unless `replace`, and CorpusError as `plan` does.
    """
    table = config.with_suffix(".tsv")
    existing = next((path for path in (config, table) if path.exists()), None)
    if existing is not None and not replace:
        raise ConfigError(f"{existing} exists. Choose another --out, or replace it by --force.")
    corpus = _published(folder)
    if corpus is not None and not (bonafide or spoof):
        utterances = len(corpus.manifest("train"))
        write_text(config, text_for_corpus(corpus, utterances, folder, config))
        kind = type(corpus).__name__
        return [f"{folder}: {kind} with {utterances:,} training utterances; wrote {config}"]
    planned = plan(folder, bonafide, spoof, progress)
    write_text(table, _rows(planned))
    write_text(config, text_for_plan(planned, config, table))
    sizes = ", ".join(
        f"{split} {planned.count(1, split):,} + {planned.count(0, split):,}"
        for split in ("train", "dev", "eval")
        if split in planned.splits
    )
    line = (
        f"{folder}: {sizes} (bona fide + spoof), split {planned.split_by}; wrote {config} and "
        f"{table}"
    )
    return [*(f"note: {note}" for note in planned.notes), line]


def missing_files(folder: Path, config: Path) -> int:
    """Return how many audio files of a folder the table beside its configuration lacks."""
    table = config.with_suffix(".tsv")
    if not table.is_file():
        return 0
    listed = set(read_table(table, COLUMNS).text("file").tolist())
    return len(set(walk_audio(folder)) - listed)


def _published(folder: Path) -> Corpus | None:
    """Return the corpus that a folder holds if its layout is known and it has train and dev."""
    try:
        corpus, _ = open_corpus(folder)
    except CorpusError:
        return None
    has_splits = {"train", "dev"} <= set(corpus.splits())
    return corpus if has_splits and not isinstance(corpus, Folder) else None


def _rows(planned: Plan) -> str:
    """Return the table of a plan as tab-separated text."""
    text = io.StringIO()
    writer = csv.writer(text, "excel-tab", lineterminator="\n")
    writer.writerow(COLUMNS)
    people = zip(planned.people.speakers, planned.people.attacks, strict=True)
    for one, split, (speaker, attack) in zip(
        planned.recordings, planned.splits, people, strict=True
    ):
        writer.writerow((one.path, WORDS[one.label], split, speaker or "-", attack or "-"))
    return text.getvalue()
