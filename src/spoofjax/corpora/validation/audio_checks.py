"""What can be wrong with audio files, each by itself and one compared with another."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import numpy as np

from spoofjax.audio.judging import LEAST_SECONDS, QUIET
from spoofjax.corpora.manifest import Manifest
from spoofjax.corpora.problems import Severity
from spoofjax.corpora.validation.audio_facts import Facts
from spoofjax.corpora.validation.examination import examine_all
from spoofjax.corpora.validation.packed_facts import check_shards
from spoofjax.corpora.validation.report import EXAMPLES, Report

CLIPPED = 0.001
"""A file with a larger share of its samples at full scale counts as clipped."""

CHECKS: tuple[tuple[str, Severity, Callable[[Facts], object], str, str], ...] = (
    (
        "unreadable",
        "error",
        lambda f: f.error,
        "cannot be decoded",
        "Download them again; until then train with --loading.on-error skip.",
    ),
    (
        "empty",
        "error",
        lambda f: not f.error and f.frames == 0,
        "have no samples",
        "Download them again or delete their rows.",
    ),
    (
        "silent",
        "warning",
        lambda f: not f.error and f.frames and f.swing < QUIET,
        "are silent (below -60 dBFS throughout)",
        "Silence tells nothing about either class: delete their rows.",
    ),
    (
        "clipped",
        "warning",
        lambda f: f.clipped > CLIPPED,
        "are clipped (over 0.1 % of the samples at full scale)",
        "If one class clips more, a detector learns that: lower the level before writing.",
    ),
    (
        "md5",
        "error",
        lambda f: f.doubt == "md5",
        "have other samples than the MD5 in their header says",
        "They were changed or damaged after they were encoded: download them again.",
    ),
    (
        "channels-cancel",
        "warning",
        lambda f: f.doubt == "channels-cancel",
        "have channels that cancel each other when they are mixed to mono",
        "A model hears near-silence: write one of the channels instead.",
    ),
    (
        "dc-offset",
        "warning",
        lambda f: f.doubt == "dc-offset",
        "have a DC offset",
        "`score` gives such files no verdict: remove the offset before writing.",
    ),
    (
        "not-speech",
        "warning",
        lambda f: f.doubt == "not-speech",
        "hold nothing like speech",
        "`score` gives such files no verdict: listen to them, and delete their rows.",
    ),
    (
        "short",
        "note",
        lambda f: f.doubt == "short",
        f"are shorter than {LEAST_SECONDS:g} s",
        "`score` gives such files no verdict.",
    ),
)
"""Kind, severity, test, words and remedy of what can be wrong with one file."""


def check_audio(
    manifests: Mapping[str, Manifest],
    rate: int | None,
    report: Report,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    state: str | Path | None = None,
) -> None:
    """Read every utterance and report what is wrong; `rate` None takes the most frequent rate.

    The shards of a packed corpus are compared with their checksums as well.
    """
    for split, manifest in manifests.items():
        check_shards(split, manifest, report)
    paths = {split: manifest.files.paths() for split, manifest in manifests.items()}
    distinct = list(dict.fromkeys(path for listed in paths.values() for path in listed))
    facts = dict(zip(distinct, examine_all(distinct, workers, progress, state), strict=True))
    rates = Counter(f.rate for f in facts.values() if f.frames)
    expected = rate or (rates.most_common(1)[0][0] if rates else 0)
    for split, listed in paths.items():
        seconds = sum(f.frames / f.rate for f in map(facts.__getitem__, listed) if f.rate)
        report.splits[split]["hours"] = seconds / 3600
        for kind, severity, is_wrong, words, remedy in CHECKS:
            bad = [path for path in listed if is_wrong(facts[path])]
            if bad:
                message = f"{len(bad)} files {words}."
                examples = tuple(
                    f"{path} {_details(kind, facts[path])}".rstrip() for path in bad[:EXAMPLES]
                )
                report.add(
                    severity, kind, split, message, remedy, count=len(bad), examples=examples
                )
        _check_rate(split, manifests[split], listed, facts, expected, report)
        multichannel = sum(facts[path].channels > 1 for path in listed)
        if multichannel:
            remedy = "They are mixed down to mono when read."
            report.add(
                "note", "channels", split, f"{multichannel} files have several channels.", remedy
            )
    _check_copies(manifests, paths, facts, report)


def _details(kind: str, fact: Facts) -> str:
    """Return what is known of one file beyond the words of its kind of problem."""
    return fact.error or (fact.why if kind == fact.doubt else "")


def _check_rate(
    split: str,
    manifest: Manifest,
    listed: list[str],
    facts: Mapping[str, Facts],
    expected: int,
    report: Report,
) -> None:
    rates = np.array([facts[path].rate for path in listed])
    others = np.flatnonzero((rates != expected) & (rates > 0))
    if not len(others):
        return
    descriptions = []
    for rate in np.unique(rates[others]):
        labels = manifest.label[rates == rate]
        bonafide = int(np.sum(labels == 1))
        descriptions.append(f"{rate:,} Hz in {len(labels)} ({bonafide} bona fide)")
    report.add(
        "warning",
        "wrong-rate",
        split,
        f"{len(others)} files are not at {expected:,} Hz: {', '.join(descriptions)}.",
        "They are resampled when read. If the rate depends on the class, the bandwidth still gives "
        "the class away.",
        count=len(others),
        examples=tuple(listed[row] for row in others[:EXAMPLES]),
    )


Copy = tuple[str, str, int]
"""Split, path and label of one of several files with equal samples."""


def _check_copies(
    manifests: Mapping[str, Manifest],
    paths: Mapping[str, list[str]],
    facts: Mapping[str, Facts],
    report: Report,
) -> None:
    """Report equal audio under several names: within a split, in both classes, in two splits."""
    by_digest: dict[str, list[Copy]] = defaultdict(list)
    for split, manifest in manifests.items():
        for path, label in zip(paths[split], manifest.label.tolist(), strict=True):
            fact = facts[path]
            if fact.digest and fact.swing >= QUIET:
                by_digest[fact.digest].append((split, path, label))
    groups = [copies for copies in by_digest.values() if _count(copies, 1) > 1]
    for split in manifests:
        inside = [[copy for copy in copies if copy[0] == split] for copies in groups]
        inside = [copies for copies in inside if _count(copies, 1) > 1]
        contradictory = [copies for copies in inside if _count(copies, 2) > 1]
        repeated = [copies for copies in inside if _count(copies, 2) == 1]
        if repeated:
            report.add(
                "warning", "duplicate-content", split,
                f"{len(repeated)} recordings have several names.",
                "They count several times: delete all rows of each but one.",
                count=len(repeated), examples=_examples(repeated),
            )  # fmt: skip
        if contradictory:
            report.add(
                "error", "duplicate-content", split,
                f"{len(contradictory)} recordings are bona fide under one name and spoof under "
                "another.",
                "One of the labels is wrong: correct it, or delete both rows.",
                count=len(contradictory), examples=_examples(contradictory),
            )  # fmt: skip
    across = [copies for copies in groups if _count(copies, 0) > 1]
    if across:
        report.add(
            "error", "content-overlap", across[0][-1][0],
            f"{len(across)} recordings are in two splits.",
            "Splits must not overlap, or results look better than they are.",
            count=len(across), examples=_examples(across),
        )  # fmt: skip


def _count(copies: Iterable[Copy], field: int) -> int:
    """Return how many different splits (0), paths (1) or labels (2) the copies have."""
    return len({copy[field] for copy in copies})


def _examples(groups: Iterable[list[Copy]]) -> tuple[str, ...]:
    lines = [" = ".join(dict.fromkeys(path for _, path, _ in copies)) for copies in groups]
    return tuple(lines[:EXAMPLES])
