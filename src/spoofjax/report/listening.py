"""The part of a page that plays the utterances which its runs get most wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from spoofjax.errors import SpoofjaxError
from spoofjax.evaluation.keys import Keys
from spoofjax.report.corpus import CorpusAtHand
from spoofjax.report.hardest import hardest, margins
from spoofjax.report.inline import flac, png, spectrogram
from spoofjax.report.numbers import main_split, same_trials
from spoofjax.runs.record import RunRecord

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Draw = Callable[[np.ndarray, str], "Figure"]
"""Draws an explanation of float32 (samples,) with a title; raises SpoofjaxError if it cannot."""


def hardest_section(
    runs: Sequence[RunRecord],
    corpora: Sequence[CorpusAtHand],
    number: int,
    draw: Draw | None = None,
    pictures: int = 0,
) -> dict[str, Any]:
    """Return the `number` utterances that the runs, on average, get most wrong, with their sound.

    `draw` explains the first `pictures` utterances of each class. Runs whose scores are of other
    utterances than those of the first run do not take part.
    """
    split = main_split(runs[0])
    section = {"split": split, "groups": [], "runs": [], "why_not": ""}
    if split not in runs[0].scored or number < 1:
        return section
    base = runs[0].scored[split]
    comparable = [
        (run, corpus)
        for run, corpus in zip(runs, corpora, strict=True)
        if split in run.scored and same_trials(run.scored[split], base)
    ]
    labels = base.keys.label
    scored = [run.scored[split] for run, _ in comparable]
    distances = [margins(each.score, labels, each.metrics["threshold"]) for each in scored]
    # One corpus that can be listened to suffices, since the utterances are the same.
    corpus = next((c for _, c in comparable if c.listen is not None), comparable[0][1])
    titles = ("Bona fide that scores lowest", "Spoofs that score highest")
    groups = []
    for title, rows in zip(titles, hardest(distances, labels, number), strict=True):
        cards = [
            _card(row, base.keys, distances, corpus, split, draw if place < pictures else None)
            for place, row in enumerate(rows.tolist())
        ]
        groups.append({"name": title, "cards": cards})
    return {
        **section,
        "groups": groups,
        "runs": [run.name for run, _ in comparable],
        "why_not": "" if corpus.listen is not None else corpus.why_not,
    }


def _card(
    row: int,
    keys: Keys,
    distances: Sequence[np.ndarray],
    corpus: CorpusAtHand,
    split: str,
    draw: Draw | None,
) -> dict[str, Any]:
    """Return what the page shows of one utterance: properties, margins, sound, explanation."""
    utterance = str(keys.ids[row])
    # A column with one value for the whole split would say the same on every card.
    properties = {
        name: column.at(row) for name, column in keys.columns.items() if len(column.names) > 1
    }
    card: dict[str, Any] = {
        "id": utterance,
        "bonafide": bool(keys.label[row] == 1),
        "properties": [(name, value) for name, value in properties.items() if value != "-"],
        "margins": [float(system[row]) for system in distances],
        "sound": None,
        "problem": "",
        "explanation": "",
        "not_explained": "",
    }
    if corpus.listen is None:
        return card
    try:
        samples = corpus.listen(split, utterance)
    except SpoofjaxError as error:
        return {**card, "problem": str(error)}
    if draw is not None:
        try:
            card["explanation"] = png(draw(samples, utterance))
        except SpoofjaxError as error:
            card["not_explained"] = f"Not explained: {error}"
    return {
        **card,
        "sound": flac(samples, corpus.rate),
        "picture": spectrogram(samples, corpus.rate),
        "seconds": len(samples) / corpus.rate,
        "highest": corpus.rate / 2000,
    }
