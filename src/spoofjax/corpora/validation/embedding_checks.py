"""What can be wrong with embeddings: with their arrays, their shards and their encoder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from spoofjax.config import Corpus
from spoofjax.corpora.embedded.arrays import Arrays
from spoofjax.corpora.embedded.embedded import Embedded
from spoofjax.corpora.embedded.plan import is_embedded, read_plan
from spoofjax.corpora.manifest import Manifest
from spoofjax.corpora.validation.report import EXAMPLES, Report
from spoofjax.corpora.validation.shard_checks import check_embedding_shards
from spoofjax.errors import AudioError

AGAIN = "Write the embeddings again; `spoofjax embed` computes what is missing."


class ArrayFacts(NamedTuple):
    """What the array of one utterance tells; `error` is '' where it could be read."""

    shape: tuple[int | str, ...] = ()
    """Its shape, with a word in the place of the number of frames."""
    problem: str = ""
    """'nan' or 'zero', or '' for numbers as they should be."""
    error: str = ""


def check_embeddings(
    corpora: Sequence[Corpus],
    manifests: Mapping[str, Manifest],
    report: Report,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Read every array and report what is wrong with it, with the shards, and with the encoder.

    A folder that `spoofjax embed` wrote says which shape all arrays have; elsewhere it is the most
    frequent one.
    """
    written = [
        Path(corpus.root)
        for corpus in corpora
        if isinstance(corpus, Embedded) and is_embedded(corpus.root)
    ]
    for root in written:
        check_embedding_shards(root, tuple(manifests), report)
    encoders = {read_plan(root)["provenance"]["weights"] for root in written}
    if len(encoders) > 1:
        report.add(
            "error", "encoder", "", f"{len(written)} folders are of {len(encoders)} encoders.",
            "Their vectors cannot be compared: write all of them by the same weights.",
            examples=tuple(map(str, written[:EXAMPLES])),
        )  # fmt: skip
    total, done = sum(map(len, manifests.values())), 0
    facts = {}
    for split, manifest in manifests.items():
        paths = manifest.files.paths()
        facts[split] = dict(zip(paths, _examine_all(paths, done, total, progress), strict=True))
        done += len(paths)
    shapes = Counter(f.shape for part in facts.values() for f in part.values() if not f.error)
    expected = _shape_of(written[0]) if written else next(iter(shapes.most_common(1)), ((),))[0]
    for split, part in facts.items():
        _report(split, part, expected, report)


def _shape_of(root: Path) -> tuple[int | str, ...]:
    """Return the shape that embeddings.json says."""
    plan = read_plan(root)
    shape = len(plan["layers"]), plan["width"]
    has_frames = plan["pool"] == "none" and plan["layers"] != ["output"]
    return ("frames", *shape) if has_frames else shape


def _examine_all(
    paths: Sequence[str], done: int, total: int, progress: Callable[[int, int], None] | None
) -> list[ArrayFacts]:
    arrays, facts = Arrays(), []
    for number, path in enumerate(paths, 1):
        facts.append(_examine(arrays, path))
        if progress and (number % 64 == 0 or number == len(paths)):
            progress(done + number, total)
    arrays.close()
    return facts


def _examine(arrays: Arrays, path: str) -> ArrayFacts:
    try:
        array, has_frames_first = arrays.read(path)
    except AudioError as error:
        return ArrayFacts(error=str(error))
    shape: tuple[int | str, ...] = array.shape
    if has_frames_first:
        shape = ("frames", *shape[1:])
    elif len(shape) == 3:
        shape = (shape[0], "frames", shape[2])
    if not array.size:
        return ArrayFacts(shape, error=f"{path} is empty.")
    if not np.isfinite(array).all():
        return ArrayFacts(shape, "nan")
    return ArrayFacts(shape, "" if array.any() else "zero")


def _report(
    split: str, facts: Mapping[str, ArrayFacts], expected: tuple[int | str, ...], report: Report
) -> None:
    missing = [fact.error for fact in facts.values() if fact.error]
    others = [
        f"{path} has shape {fact.shape}"
        for path, fact in facts.items()
        if not fact.error and fact.shape != expected
    ]
    for kind, listed, words, remedy in (
        ("missing", missing, "of {} embeddings are missing or cannot be read", AGAIN),
        ("shape", others, f"of {{}} embeddings do not have the shape {expected}", AGAIN),
        ("nan", _with(facts, "nan"), "of {} embeddings hold NaN or infinite values", AGAIN),
        ("zero", _with(facts, "zero"), "of {} embeddings are zero throughout", AGAIN),
    ):
        if listed:
            report.add(
                "error", kind, split, f"{len(listed)} {words.format(len(facts))}.", remedy,
                count=len(listed), examples=tuple(listed[:EXAMPLES]),
            )  # fmt: skip


def _with(facts: Mapping[str, ArrayFacts], problem: str) -> list[str]:
    return [path for path, fact in facts.items() if fact.problem == problem]
