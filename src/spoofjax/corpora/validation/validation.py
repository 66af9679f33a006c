"""Is this corpus fit to train on? Everything that can be wrong with one, found in one pass."""

from __future__ import annotations

import dataclasses
import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from pathlib import Path

import numpy as np

from spoofjax.config import Corpus
from spoofjax.corpora.audio_files import AUDIO_SUFFIXES
from spoofjax.corpora.manifest import Manifest
from spoofjax.corpora.problems import Collected
from spoofjax.corpora.readers.base import SPLITS, Reader, names_in
from spoofjax.corpora.validation.releases import RELEASES
from spoofjax.corpora.validation.report import EXAMPLES, Report
from spoofjax.corpora.validation.score_check import check_scores
from spoofjax.corpora.validation.sound_checks import check_sound
from spoofjax.errors import CorpusError, nearest


def validate(
    corpus: Corpus,
    *,
    splits: Sequence[str] | None = None,
    release: str | None = None,
    scores: Mapping[str, str | Path] | None = None,
    rate: int | None = None,
    audio: bool = True,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    state: str | Path | None = None,
) -> Report:
    """Check protocols, files and sound of a corpus, and what its splits share.

    `splits` defaults to those that are there; `release` names a published release whose counts
    and md5 it must have (default: the corpus's own claim); `scores` maps splits to score files
    whose ids must be the split's; `rate` is the expected sample rate in Hz (default: the most
    frequent one). `audio=False` leaves files unopened. `workers`, `progress` and `state` are as
    in `soundness.examine_all`. A corpus that is wrong gives findings, never an exception; raises
    CorpusError for an unknown release or split.
    """
    outcome = Report(corpus.name)
    parts: dict[str, list[Manifest]] = {}
    for member in getattr(corpus, "corpora", (corpus,)):
        claim = getattr(member, "release", "") if release is None else release
        if claim and claim not in RELEASES:
            raise CorpusError(f"Unknown release {claim!r}.{nearest(claim, RELEASES)}")
        for split in _wanted(member, splits):
            manifest = _read(member, split, outcome)
            if manifest is not None:
                parts.setdefault(split, []).append(manifest)
                _check_release(member, split, manifest, claim, outcome)
                _check_extra(member, split, manifest, outcome)
    manifests = {s: Manifest.concatenate(parts[s]) for s in SPLITS if s in parts}
    for split, manifest in manifests.items():
        outcome.splits[split] = manifest.counts()
        _check_classes(split, manifest, outcome)
        if scores and split in scores:
            check_scores(Path(scores[split]), manifest, split, outcome)
    for split in sorted(set(scores or ()) - set(manifests)):
        remedy = f"Name one that was read: {', '.join(manifests) or 'none was'}."
        outcome.add("error", "scores", split, "scores for a split that was not read.", remedy)
    _check_shared(manifests, outcome)
    heard = {s: m for s, m in manifests.items() if audio and _are_files(s, m, outcome)}
    if heard:
        check_sound(heard, rate, outcome, workers, progress, state)
    return outcome


def _wanted(corpus: Corpus, splits: Sequence[str] | None) -> Sequence[str]:
    if splits is not None:
        return splits
    if not isinstance(corpus, Reader):
        return corpus.splits()
    there = [split for split in SPLITS if corpus.protocol(split) is not None]
    return there or ("train",)  # reading what is not there says what was expected


def _read(corpus: Corpus, split: str, outcome: Report) -> Manifest | None:
    """Read a split, collecting what is wrong; None where nothing could be read."""
    problems = Collected()
    manifest = None
    try:
        if isinstance(corpus, Reader):
            manifest = corpus.replace(missing="stop").read(split, problems)
        else:
            manifest = corpus.manifest(split)
    except CorpusError as error:
        outcome.add("error", "protocol", split, str(error), "")
    for p in problems.found:
        outcome.found.append(dataclasses.replace(p, split=split))
    return manifest if manifest is not None and len(manifest) else None


def _check_release(
    corpus: Corpus, split: str, manifest: Manifest, claim: str, outcome: Report
) -> None:
    if not claim:
        if corpus.name in RELEASES:
            found = "counts were not compared with the published ones."
            remedy = f"If this is the whole release, say so with --release {corpus.name}."
            outcome.add("note", "release", split, found, remedy)
        return
    published = RELEASES[claim]
    counts = int(np.sum(manifest.label == 1)), int(np.sum(manifest.label == 0))
    wanted = published.counts.get(split, counts)
    if counts != wanted:
        found = (
            f"{counts[0]:,} bona fide and {counts[1]:,} spoof where {claim} has {wanted[0]:,} and "
            f"{wanted[1]:,}."
        )
        if counts[::-1] == wanted:
            outcome.add(
                "error", "polarity", split, found, "The labels are reversed: exchange them."
            )
        else:
            remedy = "Fetch the protocol and all archives again."
            outcome.add("error", "release", split, found, remedy)
    md5 = published.md5.get(split)
    source = corpus.protocol(split) if isinstance(corpus, Reader) else None
    if md5 and source is not None:
        found = hashlib.md5(source.read_bytes(), usedforsecurity=False).hexdigest()
        if found != md5:
            what = f"the protocol has md5 {found} where {claim} has {md5}."
            remedy = "This is not the released file: fetch it again."
            outcome.add("error", "md5", split, what, remedy, file=str(source))


def _check_extra(corpus: Corpus, split: str, manifest: Manifest, outcome: Report) -> None:
    """Report audio files that lie beside the split's but stand in no row."""
    if not isinstance(corpus, Reader):
        return
    folders: dict[str, set[str]] = {}
    for path in manifest.files.paths():
        folder, _, name = path.rpartition("/")
        folders.setdefault(folder, set()).add(name)
    extra = [
        f"{folder}/{name}"
        for folder, known in folders.items()
        for name in sorted(names_in(folder) - known)
        if os.path.splitext(name)[1].lower() in AUDIO_SUFFIXES
        and not name.startswith(".")
        and not corpus.may_be_unlisted(name)
    ]
    if extra:
        found = f"{len(extra)} audio files stand in no row of the protocol."
        remedy = "They go unused; so it looks when a protocol was cut short or a file is misplaced."
        examples = tuple(extra[:EXAMPLES])
        outcome.add("warning", "extra", split, found, remedy, count=len(extra), examples=examples)


def _are_files(split: str, manifest: Manifest, outcome: Report) -> bool:
    """Whether utterances are files of their own; those of a packed corpus are not."""
    if all(os.path.isfile(manifest.path(row)) for row in (0, len(manifest) - 1)):
        return True
    found = "utterances are no files of their own, so their sound was not checked."
    remedy = "Validate the corpus before packing it; `spoofjax pack --verify` compares checksums."
    outcome.add("note", "not-heard", split, found, remedy)
    return False


def _check_classes(split: str, manifest: Manifest, outcome: Report) -> None:
    remedy = "A detector needs both classes to be trained and judged."
    for label, word in ((1, "bona fide"), (0, "spoof")):
        if np.any(manifest.label >= 0) and not np.any(manifest.label == label):
            outcome.add("warning", "one-class", split, f"no {word} utterance.", remedy)


def _check_shared(manifests: Mapping[str, Manifest], outcome: Report) -> None:
    """Report speakers and files that two splits share."""
    for first, second in combinations(manifests, 2):
        a, b = manifests[first], manifests[second]
        speakers = set(a.column("speaker").tally()) & set(b.column("speaker").tally())
        files = set(a.files.paths()) & set(b.files.paths())
        for what, both in (("speaker", speakers), ("file", files)):
            if not both:
                continue
            found = f"{len(both)} {what}s stand in {first} too."
            remedy = "Splits must be apart, or results look better than they are."
            severity = "warning" if what == "speaker" else "error"
            examples = tuple(sorted(both)[:EXAMPLES])
            outcome.add(
                severity, f"{what}-overlap", second, found, remedy,
                count=len(both), examples=examples,
            )  # fmt: skip
