"""Scores of speaker verification for a file of trials, by a speaker encoder."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np

from spoofjax.corpora.text import read_utf8
from spoofjax.deployment.speaker_encoder import SpeakerEncoder, speaker_score
from spoofjax.errors import ScoreError
from spoofjax.evaluation.tables import Table, read_trials
from spoofjax.files import replacement

SUFFIXES = ("", ".flac", ".wav")
"""What may be added to the name of a file in trials to get its name in the folder."""
KEPT = 4_096
"""Embeddings of test files that are kept, because trials repeat the same file."""


def write_speaker_scores(
    encoder: SpeakerEncoder, trials: Path, enrolment: Path, audio: Path, out: Path
) -> int:
    """Write a file of trials with the column asv-score; return the number of trials.

    `trials` has a header with the columns spk and filename; other columns are copied, and an
    asv-score that is there is replaced. `enrolment` has no header: a speaker and the speaker's
    files, separated by commas, as in ASVspoof 5, track 2. `audio` is the folder of all files, whose
    names may lack .flac or .wav. Raises ScoreError for what is missing or malformed, with file and
    line, and AudioError for a file that cannot be embedded.
    """
    table = read_trials(trials)
    header, body = table.rows[0], table.body()
    for name in ("spk", "filename"):
        if name not in header:
            raise ScoreError(f"{table.line(0)}: no column {name!r} in the header.")
    speaker, file = header.index("spk"), header.index("filename")
    kept = [column for column, name in enumerate(header) if name != "asv-score"]
    models = _enrolled(encoder, enrolment, audio, set(body.column(speaker)))

    @lru_cache(KEPT)
    def embedded(path: Path) -> np.ndarray:
        return encoder.embed_file(path)[0]

    with replacement(out) as part, part.open("w") as lines:
        lines.write("\t".join([*(header[column] for column in kept), "asv-score"]) + "\n")
        for index, row in enumerate(body.rows):
            if row[speaker] not in models:
                raise ScoreError(f"{body.line(index)}: {enrolment} does not name {row[speaker]}.")
            test = embedded(_place(audio, row[file], body, index))
            score = speaker_score(test, models[row[speaker]])
            lines.write("\t".join([*(row[column] for column in kept), repr(score)]) + "\n")
    return len(body.rows)


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
