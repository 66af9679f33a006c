"""Is this corpus fit to train on? One pass finds everything that is wrong with it."""

from __future__ import annotations

import dataclasses
import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import TypeGuard

import numpy as np

from spoofjax.config import Corpus
from spoofjax.corpora.audio_files import AUDIO_SUFFIXES
from spoofjax.corpora.embedded.arrays import holds_embeddings
from spoofjax.corpora.embedded.embedded import Embedded
from spoofjax.corpora.embedded.plan import is_embedded
from spoofjax.corpora.manifest import Manifest
from spoofjax.corpora.packing.packed import Packed
from spoofjax.corpora.packing.plan import is_packed
from spoofjax.corpora.problems import Collected
from spoofjax.corpora.readers.base import SPLITS, Reader
from spoofjax.corpora.readers.row_checks import names_in
from spoofjax.corpora.validation.audio_checks import check_audio
from spoofjax.corpora.validation.embedding_checks import check_embeddings
from spoofjax.corpora.validation.releases import RELEASES
from spoofjax.corpora.validation.report import EXAMPLES, Report
from spoofjax.corpora.validation.score_check import check_scores
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
    """Check the protocols, files and sound of a corpus, and what its splits share.

    `splits` defaults to those that exist; `release` names a published release whose counts and md5
    the corpus must have (default: the release it claims to be); `scores` maps splits to score files
    whose ids must be the split's; `rate` is the expected sample rate in Hz (default: the most
    frequent one). `audio=False` leaves files unopened. `workers`, `progress` and `state` are as in
    `examination.examine_all`. What is wrong with a corpus is reported, not raised; CorpusError is
    raised for an unknown release or split only.
    """
    report = Report(corpus.name)
    parts: dict[str, list[Manifest]] = {}
    members = [_as_stored(member) for member in getattr(corpus, "corpora", (corpus,))]
    for member in members:
        claim = getattr(member, "release", "") if release is None else release
        if claim and claim not in RELEASES:
            raise CorpusError(f"Unknown release {claim!r}.{nearest(claim, RELEASES)}")
        for split in _wanted(member, splits):
            manifest = _read(member, split, report)
            if manifest is not None:
                parts.setdefault(split, []).append(manifest)
                _check_release(member, split, manifest, claim, report)
                _check_extra(member, split, manifest, report)
    manifests = {s: Manifest.concatenate(parts[s]) for s in SPLITS if s in parts}
    for split, manifest in manifests.items():
        report.splits[split] = manifest.counts()
        _check_classes(split, manifest, report)
        if scores and split in scores:
            check_scores(Path(scores[split]), manifest, split, report)
    for split in sorted(set(scores or ()) - set(manifests)):
        remedy = f"The splits that were read: {', '.join(manifests) or 'none'}."
        report.add("error", "scores", split, "scores for a split that was not read.", remedy)
    _check_shared(manifests, report)
    if audio and holds_embeddings(manifests):
        check_embeddings(members, manifests, report, progress)
    elif audio and manifests:
        check_audio(manifests, rate, report, workers, progress, state)
    return report


def _as_stored(corpus: Corpus) -> Corpus:
    """Return a reader, or the packed corpus where its root is one."""
    if isinstance(corpus, Reader) and is_packed(corpus.root):
        return Packed(corpus.root)
    return corpus


def _is_protocol(corpus: Corpus) -> TypeGuard[Reader]:
    """Whether a corpus reads protocols, rather than what spoofjax wrote."""
    if isinstance(corpus, Embedded) and is_embedded(corpus.root):
        return False
    return isinstance(corpus, Reader)


def _wanted(corpus: Corpus, requested: Sequence[str] | None) -> Sequence[str]:
    if requested is not None:
        return requested
    if not _is_protocol(corpus):
        return corpus.splits()
    splits = [split for split in SPLITS if corpus.protocol(split) is not None]
    return splits or ("train",)  # reading a missing split tells which files were expected


def _read(corpus: Corpus, split: str, report: Report) -> Manifest | None:
    """Read a split and report its problems; return None where nothing could be read."""
    problems = Collected()
    manifest = None
    try:
        if _is_protocol(corpus):
            manifest = corpus.replace(missing="stop").read(split, problems)
        else:
            manifest = corpus.manifest(split)
    except CorpusError as error:
        report.add("error", "protocol", split, str(error), "")
    for problem in problems.collected:
        report.problems.append(dataclasses.replace(problem, split=split))
    return manifest if manifest is not None and len(manifest) else None


def _check_release(
    corpus: Corpus, split: str, manifest: Manifest, claim: str, report: Report
) -> None:
    if not claim:
        if corpus.name in RELEASES:
            message = "counts were not compared with the published ones."
            remedy = f"If this is the whole release, say so with --release {corpus.name}."
            report.add("note", "release", split, message, remedy)
        return
    published = RELEASES[claim]
    counts = int(np.sum(manifest.label == 1)), int(np.sum(manifest.label == 0))
    wanted = published.counts.get(split, counts)
    if counts != wanted:
        message = (
            f"{counts[0]:,} bona fide and {counts[1]:,} spoof where {claim} has {wanted[0]:,} and "
            f"{wanted[1]:,}."
        )
        if counts[::-1] == wanted:
            report.add(
                "error", "polarity", split, message, "The labels are reversed: exchange them."
            )
        else:
            remedy = "Download the protocol and all archives again."
            report.add("error", "release", split, message, remedy)
    md5 = published.md5.get(split)
    source = corpus.protocol(split) if _is_protocol(corpus) else None
    if md5 and source is not None:
        actual = hashlib.md5(source.read_bytes(), usedforsecurity=False).hexdigest()
        if actual != md5:
            message = f"the protocol has md5 {actual} where {claim} has {md5}."
            remedy = "This is not the released file: download it again."
            report.add("error", "md5", split, message, remedy, file=str(source))


def _check_extra(corpus: Corpus, split: str, manifest: Manifest, report: Report) -> None:
    """Report audio files in the folders of a split that no row of its protocol names."""
    if not _is_protocol(corpus):
        return
    folders: dict[str, set[str]] = {}
    for path in manifest.files.paths():
        folder, _, name = path.rpartition("/")
        folders.setdefault(folder, set()).add(name)
    extra = [
        f"{folder}/{name}"
        for folder, listed in folders.items()
        for name in sorted(names_in(folder) - listed)
        if os.path.splitext(name)[1].lower() in AUDIO_SUFFIXES
        and not name.startswith(".")
        and not corpus.may_be_unlisted(name)
    ]
    if extra:
        message = f"no row of the protocol names {len(extra)} of the audio files."
        remedy = "They are not used. The protocol may be cut short, or files may be misplaced."
        examples = tuple(extra[:EXAMPLES])
        report.add("warning", "extra", split, message, remedy, count=len(extra), examples=examples)


def _check_classes(split: str, manifest: Manifest, report: Report) -> None:
    remedy = "Training and evaluation need both classes."
    for label, word in ((1, "bona fide"), (0, "spoof")):
        if np.any(manifest.label >= 0) and not np.any(manifest.label == label):
            report.add("warning", "one-class", split, f"no {word} utterance.", remedy)


def _check_shared(manifests: Mapping[str, Manifest], report: Report) -> None:
    """Report speakers and files that two splits share."""
    for first, second in combinations(manifests, 2):
        a, b = manifests[first], manifests[second]
        speakers = set(a.column("speaker").tally()) & set(b.column("speaker").tally())
        files = set(a.files.paths()) & set(b.files.paths())
        for what, shared in (("speaker", speakers), ("file", files)):
            if not shared:
                continue
            message = f"{len(shared)} {what}s are in {first} too."
            remedy = "Splits must not overlap, or results look better than they are."
            severity = "warning" if what == "speaker" else "error"
            examples = tuple(sorted(shared)[:EXAMPLES])
            report.add(
                severity, f"{what}-overlap", second, message, remedy,
                count=len(shared), examples=examples,
            )  # fmt: skip
