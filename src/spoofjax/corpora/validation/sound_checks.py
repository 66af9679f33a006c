"""What can be wrong with the sound of a corpus, and with one sound under several names."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import numpy as np

from spoofjax.corpora.manifest import Manifest
from spoofjax.corpora.problems import Severity
from spoofjax.corpora.validation.report import EXAMPLES, Report
from spoofjax.corpora.validation.soundness import Facts, examine_all

CLIPPED = 0.001
"""A file with a larger share of its samples at full scale counts as clipped."""
SILENT = 0.002
"""A file that swings less than this (full scale being 2: -60 dBFS) counts as silent."""

CHECKS: tuple[tuple[str, Severity, Callable[[Facts], object], str, str], ...] = (
    (
        "unreadable",
        "error",
        lambda f: f.error,
        "cannot be decoded",
        "Fetch them again; until then train with --loading.on-error skip.",
    ),
    (
        "empty",
        "error",
        lambda f: not f.error and f.frames == 0,
        "hold no sample",
        "Fetch them again or delete their rows.",
    ),
    (
        "silent",
        "warning",
        lambda f: not f.error and f.frames and f.swing < SILENT,
        "are silent (below -60 dBFS throughout)",
        "Silence says nothing of either class: delete their rows.",
    ),
    (
        "clipped",
        "warning",
        lambda f: f.clipped > CLIPPED,
        "are clipped (over 0.1 % of the samples at full scale)",
        "Where one class clips more, a detector learns that: lower the level before writing.",
    ),
)
"""Kind, severity, test, words and remedy of what can be wrong with one file."""


def check_sound(
    manifests: Mapping[str, Manifest],
    rate: int | None,
    outcome: Report,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    state: str | Path | None = None,
) -> None:
    """Decode every file and add what is wrong to `outcome`; `rate` None takes the usual one."""
    paths = {split: manifest.files.paths() for split, manifest in manifests.items()}
    every = list(dict.fromkeys(path for listed in paths.values() for path in listed))
    facts = dict(zip(every, examine_all(every, workers, progress, state), strict=True))
    rates = Counter(f.rate for f in facts.values() if f.frames)
    usual = rate or (rates.most_common(1)[0][0] if rates else 0)
    for split, listed in paths.items():
        seconds = sum(f.frames / f.rate for f in map(facts.__getitem__, listed) if f.rate)
        outcome.splits[split]["hours"] = seconds / 3600
        for kind, severity, wrong, words, remedy in CHECKS:
            bad = [path for path in listed if wrong(facts[path])]
            if bad:
                found = f"{len(bad)} files {words}."
                examples = tuple(f"{p} {facts[p].error}".rstrip() for p in bad[:EXAMPLES])
                outcome.add(severity, kind, split, found, remedy, count=len(bad), examples=examples)
        _check_rate(split, manifests[split], listed, facts, usual, outcome)
        several = sum(facts[path].channels > 1 for path in listed)
        if several:
            remedy = "They are mixed down to mono when read."
            outcome.add(
                "note", "channels", split, f"{several} files have several channels.", remedy
            )
    _check_copies(manifests, paths, facts, outcome)


def _check_rate(
    split: str,
    manifest: Manifest,
    listed: list[str],
    facts: Mapping[str, Facts],
    usual: int,
    outcome: Report,
) -> None:
    rates = np.array([facts[path].rate for path in listed])
    others = np.flatnonzero((rates != usual) & (rates > 0))
    if not len(others):
        return
    told = []
    for rate in np.unique(rates[others]):
        there = manifest.label[rates == rate]
        told.append(f"{rate:,} Hz in {len(there)} ({int(np.sum(there == 1))} bona fide)")
    outcome.add(
        "warning",
        "wrong-rate",
        split,
        f"{len(others)} files are not at {usual:,} Hz: {', '.join(told)}.",
        "They are resampled when read; where the rate goes with the class, bandwidth gives the "
        "class away all the same.",
        count=len(others),
        examples=tuple(listed[row] for row in others[:EXAMPLES]),
    )


def _check_copies(
    manifests: Mapping[str, Manifest],
    paths: Mapping[str, list[str]],
    facts: Mapping[str, Facts],
    outcome: Report,
) -> None:
    """Report equal sound under several names: within a split, in both classes, in two splits."""
    places: dict[str, list[tuple[str, str, int]]] = defaultdict(list)
    for split, manifest in manifests.items():
        for path, label in zip(paths[split], manifest.label.tolist(), strict=True):
            fact = facts[path]
            if fact.digest and fact.swing >= SILENT:
                places[fact.digest].append((split, path, label))
    copies = [found for found in places.values() if len({path for _, path, _ in found}) > 1]
    for split in manifests:
        inside = [[c for c in found if c[0] == split] for found in copies]
        inside = [found for found in inside if len({path for _, path, _ in found}) > 1]
        both = [found for found in inside if len({label for _, _, label in found}) > 1]
        one = [found for found in inside if found not in both]
        if one:
            outcome.add(
                "warning", "duplicate-content", split,
                f"{len(one)} sounds stand under several names.",
                "They count several times: delete all rows of each but one.",
                count=len(one), examples=_examples(one),
            )  # fmt: skip
        if both:
            outcome.add(
                "error", "duplicate-content", split,
                f"{len(both)} sounds are bona fide under one name and spoof under another.",
                "One of the labels is wrong: correct it, or delete both rows.",
                count=len(both), examples=_examples(both),
            )  # fmt: skip
    across = [found for found in copies if len({split for split, _, _ in found}) > 1]
    if across:
        outcome.add(
            "error", "content-overlap", across[0][-1][0],
            f"{len(across)} sounds stand in two splits.",
            "Splits must be apart, or results look better than they are.",
            count=len(across), examples=_examples(across),
        )  # fmt: skip


def _examples(copies: Iterable[list[tuple[str, str, int]]]) -> tuple[str, ...]:
    told = [" = ".join(dict.fromkeys(path for _, path, _ in found)) for found in copies]
    return tuple(told[:EXAMPLES])
