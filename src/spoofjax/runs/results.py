"""Where the results of a split are: among the run's own, or in a folder for another corpus.

RUN/elsewhere/<corpus>.<split>/ holds the results on a corpus that the run was not trained on:
corpus.json says which corpus it is, and the other files are those that a run has of its own splits.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spoofjax.config import Corpus
from spoofjax.corpora.manifest import Manifest
from spoofjax.corpora.readers.mixture import Mixture
from spoofjax.corpora.readers.with_copies import WithCopies
from spoofjax.corpora.readers.without import Without
from spoofjax.files import write_json
from spoofjax.json_files import read_json
from spoofjax.runs.documents import Origin
from spoofjax.runs.folder import RunFolder
from spoofjax.runs.training_data import digest

ORIGIN = "corpus.json"
"""The file that says which corpus the results beside it come from."""


@dataclass(frozen=True)
class Results:
    """The files of the results of one split.

    `title` names them in a report: the split, for another corpus also the corpus. `origin` (JSON
    values) says which other corpus they come from; it is None for the run's own.
    """

    title: str
    split: str
    scores: Path
    key: Path
    metrics: Path
    attributions: Path
    """Only in runs that trace attacks."""
    origin: Mapping[str, Any] | None = None

    @property
    def is_own(self) -> bool:
        """Whether these are results on the corpus that the run was trained on."""
        return self.origin is None

    @property
    def chosen_on(self) -> dict[str, str]:
        """What a decision that is chosen on these results records of them: nothing if own."""
        if self.origin is None:
            return {}
        return {"corpus": self.origin["corpus"], "chosen_on": self.title}

    @property
    def folder(self) -> Path:
        """The folder of the scores."""
        return self.scores.parent

    def write_origin(self) -> None:
        """Record the other corpus beside its results."""
        if self.origin is not None:
            write_json(_origin_file(self.folder), dict(self.origin))


def own_results(run: RunFolder, corpus: str, split: str) -> Results:
    """Return the files of the run's own results on a split."""
    return Results(
        split,
        split,
        run.scores(corpus, split),
        run.key(corpus, split),
        run.split_metrics(split),
        run.attributions(corpus, split),
    )


def results_elsewhere(run: RunFolder, corpus: Corpus, split: str, manifest: Manifest) -> Results:
    """Return the files of the results on a split of another corpus.

    Results on the same utterances at the same place are replaced. Another corpus of the same name
    gets a folder with a number.
    """
    origin = {
        "corpus": manifest.corpus,
        "split": split,
        "root": roots(corpus),
        "digest": digest(manifest),
        "utterances": len(manifest),
    }
    number = 1
    while _is_taken(run.results_elsewhere(manifest.corpus, split, number), origin):
        number += 1
    return _in_folder(run.results_elsewhere(manifest.corpus, split, number), origin, number)


def all_elsewhere(run: RunFolder) -> Iterator[Results]:
    """Yield the files of the results on every other corpus, in the order of their names."""
    for path in sorted(run.elsewhere.glob(f"*/{ORIGIN}")):
        origin = read_json(path, Origin)
        name = f"{origin['corpus']}.{origin['split']}."
        number = path.parent.name.removeprefix(name)
        yield _in_folder(path.parent, origin, int(number) if number.isdigit() else 1)


def roots(corpus: Corpus) -> list[str]:
    """Return the folders that a corpus lies in, as absolute paths; a mixture has several, and so
    has a corpus with copies."""
    if isinstance(corpus, Mixture):
        return [root for part in corpus.corpora for root in roots(part)]
    if isinstance(corpus, WithCopies):
        copies = [str(Path(corpus.folder).absolute())] if corpus.folder else []
        return [*roots(corpus.original), *copies]
    if isinstance(corpus, Without):
        return roots(corpus.corpus)
    root = getattr(corpus, "root", None)
    return [] if root is None else [str(Path(root).absolute())]


def _is_taken(folder: Path, origin: Mapping[str, Any]) -> bool:
    """Whether a folder holds the results on a corpus other than `origin`."""
    path = _origin_file(folder)
    return path.is_file() and read_json(path, Origin) != origin


def _in_folder(folder: Path, origin: Mapping[str, Any], number: int) -> Results:
    title = f"{origin['split']} of {origin['corpus']}"
    return Results(
        title if number == 1 else f"{title} ({number})",
        origin["split"],
        folder / "scores.tsv",
        folder / "key.tsv",
        folder / "metrics.json",
        folder / "attacks.tsv",
        origin,
    )


def _origin_file(folder: Path) -> Path:
    return folder / ORIGIN
