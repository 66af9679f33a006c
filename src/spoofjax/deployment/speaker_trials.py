"""Scores of speaker verification for a file of trials, by a speaker encoder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from spoofjax.corpora.text import read_utf8
from spoofjax.deployment.speaker_encoder import SpeakerEncoder, speaker_score
from spoofjax.errors import ScoreError
from spoofjax.evaluation.tables import Table, read_trials
from spoofjax.files import replacement

SUFFIXES = ("", ".flac", ".wav")
"""What may be added to the name of a file in trials to get its name in the folder."""


def write_speaker_scores(
    encoder: SpeakerEncoder,
    trials: Path,
    enrolment: Path,
    audio: Path,
    out: Path,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> int:
    """Write a file of trials with the column asv-score; return the number of trials.

    `trials` has a header with the columns spk and filename; other columns are copied, and an
    asv-score that is there is replaced. `enrolment` has no header: a speaker and the speaker's
    files, separated by commas, as in ASVspoof 5, track 2. `audio` is the folder of all files, whose
    names may lack .flac or .wav. `progress` is called with the numbers of test files that are done
    and of all. Raises ScoreError for what is missing or malformed, with file and line, and
    AudioError for a file that cannot be embedded.
    """
    table = read_trials(trials)
    header, body = table.rows[0], table.body()
    for name in ("spk", "filename"):
        if name not in header:
            raise ScoreError(f"{table.line(0)}: no column {name!r} in the header.")
    speakers, files = (body.column(header.index(name)) for name in ("spk", "filename"))
    rows_of: dict[Path, list[int]] = {}  # each file is embedded once, however many trials it has
    for index, name in enumerate(files):
        rows_of.setdefault(_place(audio, name, body, index), []).append(index)
    models = _enrolled(encoder, enrolment, audio, set(speakers))
    for index, speaker in enumerate(speakers):
        if speaker not in models:
            raise ScoreError(f"{body.line(index)}: {enrolment} does not name {speaker}.")
    scores = [0.0] * len(files)
    for done, (path, rows) in enumerate(rows_of.items(), 1):
        test, _ = encoder.embed_file(path)
        for row in rows:
            scores[row] = speaker_score(test, models[speakers[row]])
        if progress:
            progress(done, len(rows_of))
    _write(table, scores, out)
    return len(scores)


def _write(table: Table, scores: list[float], out: Path) -> None:
    """Write the rows of a table, which has a header, with a score at the end of each."""
    header, body = table.rows[0], table.body()
    kept = [column for column, name in enumerate(header) if name != "asv-score"]
    with replacement(out) as part, part.open("w") as lines:
        lines.write("\t".join([*(header[column] for column in kept), "asv-score"]) + "\n")
        for row, score in zip(body.rows, scores, strict=True):
            lines.write("\t".join([*(row[column] for column in kept), repr(score)]) + "\n")


def _enrolled(
    encoder: SpeakerEncoder, enrolment: Path, audio: Path, speakers: set[str]
) -> dict[str, list[np.ndarray]]:
    """Return the enrolment embeddings of each of `speakers` that the file names."""
    models: dict[str, list[np.ndarray]] = {}
    table = _enrolment_table(enrolment)
    for index, (speaker, files) in enumerate(table.rows):
        if speaker in models:
            raise ScoreError(f"{table.line(index)}: {speaker} is enrolled twice.")
        if speaker in speakers:
            paths = [_place(audio, name, table, index) for name in files.split(",")]
            models[speaker] = [encoder.enrol_file(path)[0] for path in paths]
    return models


def _enrolment_table(path: Path) -> Table:
    """Return rows of a speaker and the speaker's files."""
    lines = read_utf8(path, ScoreError).decode().splitlines()
    table = Table(path, [line.split() for line in lines])
    for index, row in enumerate(table.rows):
        if len(row) != 2:
            raise ScoreError(
                f"{table.line(index)}: {len(row)} fields; enrolment has two, the speaker and the "
                "files, separated by commas."
            )
    return table


def _place(audio: Path, name: str, table: Table, index: int) -> Path:
    """Return the path of a file that a row names. Raises ScoreError where it is missing."""
    for suffix in SUFFIXES:
        path = audio / f"{name}{suffix}"
        if path.is_file():
            return path
    raise ScoreError(f"{table.line(index)}: {audio} has no file {name}, {name}.flac or {name}.wav.")
