"""The corpus that a path stands for: a configuration file, a table, a protocol or a folder."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from spoofjax.config import Corpus
from spoofjax.config_files import load_corpus_file
from spoofjax.corpora.embedded.embedded import Embedded, is_folder_of_embeddings
from spoofjax.corpora.packing.packed import Packed
from spoofjax.corpora.packing.plan import is_packed
from spoofjax.corpora.readers.add2022 import ADD2022
from spoofjax.corpora.readers.add2023 import ADD2023
from spoofjax.corpora.readers.asvspoof5 import ASVspoof5
from spoofjax.corpora.readers.asvspoof2019 import ASVspoof2019LA, ASVspoof2019PA
from spoofjax.corpora.readers.asvspoof2021 import ASVspoof2021DF, ASVspoof2021LA, ASVspoof2021PA
from spoofjax.corpora.readers.base import Reader
from spoofjax.corpora.readers.cd_add import CDADD
from spoofjax.corpora.readers.codecfake import Codecfake
from spoofjax.corpora.readers.deepfake_eval_2024 import DeepfakeEval2024
from spoofjax.corpora.readers.dfadd import DFADD
from spoofjax.corpora.readers.folder import Folder
from spoofjax.corpora.readers.habla import HABLA
from spoofjax.corpora.readers.in_the_wild import InTheWild
from spoofjax.corpora.readers.kaldi import Kaldi
from spoofjax.corpora.readers.librisevoc import LibriSeVoc
from spoofjax.corpora.readers.odss import ODSS
from spoofjax.corpora.readers.parquet import Parquet
from spoofjax.corpora.readers.partialspoof import PartialSpoof
from spoofjax.corpora.readers.sonar import SONAR
from spoofjax.corpora.readers.speechfake import SpeechFake
from spoofjax.corpora.readers.spoofceleb import SpoofCeleb
from spoofjax.corpora.readers.table import Table
from spoofjax.corpora.readers.unified import Unified
from spoofjax.errors import CorpusError

RECOGNIZED = (
    ASVspoof5, ASVspoof2019LA, ASVspoof2019PA, ASVspoof2021LA, ASVspoof2021DF, ASVspoof2021PA,
    PartialSpoof, SpoofCeleb, DFADD, Codecfake, InTheWild, ADD2023, Kaldi, Folder,
    LibriSeVoc, ADD2022, CDADD, DeepfakeEval2024, HABLA, ODSS, SONAR, SpeechFake,
    Parquet,
)  # fmt: skip
"""Corpora whose folder cannot be taken for something else, such as a folder of spoofs only."""

LEVELS = 5
"""How many folders above a protocol may be the root of its corpus."""


def open_corpus(path: Path, split: str = "eval") -> tuple[Corpus, tuple[str, ...] | None]:
    """Return the corpus that a path stands for, and the splits it names (None: those that exist).

    The path is a Python file that defines `data` or `config`, the folder of a packed or a published
    corpus, a folder with `bonafide` and `spoof`, one protocol of a published corpus, or a table of
    files and labels. A corpus without splits serves as `split`. Raises CorpusError for a path that
    is missing, that no corpus explains, or that several do.
    """
    if path.is_dir():
        return _corpus_in(path, split), None
    if not path.is_file():
        raise CorpusError(f"There is no file or folder {path.absolute()}.")
    if path.suffix == ".py":
        return load_corpus_file(path), None
    return _of_protocol(path, split) or (_of_table(path, split), (split,))


def _corpus_in(folder: Path, split: str) -> Corpus:
    if is_packed(folder):
        return Packed(str(folder))
    if is_folder_of_embeddings(folder):
        return Embedded(root=str(folder))
    corpora = list(_candidates(folder, split))
    if len(corpora) == 1:
        return corpora[0]
    names = ", ".join(type(corpus).__name__ for corpus in corpora)
    problem = f"may be each of {names}" if names else "has the layout of no corpus that is known"
    raise CorpusError(
        f"{folder.absolute()} {problem}. Say which it is in a Python file, for example "
        f"`from spoofjax.corpora import *; data = Folder(root={str(folder.absolute())!r}, "
        "bonafide='real', spoof='fake')`, and name that file."
    )


def _candidates(folder: Path, split: str) -> Iterator[Reader]:
    """Yield the corpora of RECOGNIZED that find a split in a folder."""
    for kind in RECOGNIZED:
        fields = {field.name for field in dataclasses.fields(kind)}
        settings: dict[str, Any] = {"split": split} if "split" in fields else {}
        if kind in (Folder, Parquet):
            settings["name"] = folder.resolve().name
        corpus = kind(root=str(folder), **settings)
        if corpus.splits():
            yield corpus


def _of_protocol(path: Path, split: str) -> tuple[Corpus, tuple[str, ...]] | None:
    """Return the published corpus that a file is a protocol of, and its split; None for others."""
    for folder in path.absolute().parents[:LEVELS]:
        for corpus in _candidates(folder, split):
            for name in corpus.splits():
                protocol = corpus.protocol(name)
                if protocol is not None and protocol.samefile(path):
                    return corpus, (name,)
    return None


def _of_table(path: Path, split: str) -> Corpus:
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        header = file.readline()
    if {"ID", "Label", "Proportion"} <= set(header.strip().split(",")):
        return Unified(root=str(path.parent), table=path.name, name=path.stem)
    return Table(root=str(path.parent), name=path.stem).replace(**{split: path.name})
