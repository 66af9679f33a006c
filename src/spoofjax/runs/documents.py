"""What the JSON files of a run must hold to be read.

They may hold more: a field that no reader needs is not declared, and one that older runs lack is
not required.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired, TypedDict

from spoofjax.evaluation.breakdown import columns_of
from spoofjax.evaluation.pooling import Pooling
from spoofjax.names import FileName
from spoofjax.shapes import Count, between, problem

Rate = Annotated[float, between(0, 1)]


class Calibration(TypedDict):
    """The calibration of a decision, see evaluation/calibration.py."""

    scale: tuple[float]
    offset: float
    prior: Rate
    trials: tuple[Count, Count]
    errors: tuple[Count, Count]
    warnings: list[str]


class CostModel(TypedDict):
    """The prior and the costs that the threshold of a decision follows from."""

    p_spoof: Annotated[float, between(1e-12, 1 - 1e-12)]
    miss: Annotated[float, between(1e-12)]
    false_alarm: Annotated[float, between(1e-12)]
    abstain: NotRequired[Annotated[float, between(1e-12)] | None]


class PooledFacts(TypedDict):
    """The calibration of one pooling, and how right its verdicts are."""

    scale: float
    offset: float
    files_eer: Rate
    joined_eer: Rate
    agreement: Rate
    rejected_bonafide: Rate
    rejected_spoofed: Rate
    rejected_spliced: Rate


class Recordings(TypedDict):
    """Recordings of several windows, see evaluation/recordings.py."""

    split: str
    files: Count
    longer: Count
    joined: Count
    clip_eer: Rate
    poolings: dict[str, PooledFacts]


class Rejection(TypedDict):
    """The threshold below which a spoof's attack is unknown, see evaluation/rejection.py."""

    score: NotRequired[Literal["distance", "logit"]]
    threshold: float | None
    threshold_from: str


class AttackRow(TypedDict):
    """What becomes of the utterances of one attack."""

    attack: str
    is_known: bool
    utterances: Count
    rejected: Count
    likeliest: dict[str, Count]
    recall: Rate | None
    f1: Rate | None


class TracingMetrics(TypedDict):
    """How well a run tells attacks apart on a split."""

    score: NotRequired[Literal["distance", "logit"]]
    attacks: list[str]
    known: Count
    unknown: Count
    accuracy: Rate | None
    macro_f1: Rate | None
    rejection_auroc: Rate | None
    threshold: float | None
    known_rejected: Rate | None
    unknown_rejected: Rate | None
    rows: list[AttackRow]


class Decision(TypedDict):
    """decision.json, see evaluation/decision.py."""

    threshold: float
    log_prior_odds: NotRequired[float]
    calibration: Calibration | None
    abstain: NotRequired[tuple[float, float] | None]
    threshold_from: NotRequired[str]
    prior: NotRequired[Rate]
    costs: NotRequired[CostModel]
    corpus: NotRequired[str]
    chosen_on: NotRequired[str]
    pooling: NotRequired[Pooling]
    recordings: NotRequired[Recordings]
    tracing: NotRequired[Rejection]


class TrainingAudioFacts(TypedDict):
    """training_audio.json, see loading/training_audio.py."""

    largest_dc_share: Annotated[float, between(0)]
    level_dbfs: tuple[float, float]


class Collapse(TypedDict):
    """What the collapse alarm found in a split."""

    fired: bool
    reasons: list[str]


class Confusion(TypedDict):
    """Numbers of decisions."""

    bonafide_accepted: Count
    bonafide_rejected: Count
    spoof_accepted: Count
    spoof_rejected: Count


class GroupRow(TypedDict):
    """The results of one value of a column, or of one cell of a crossing."""

    bonafide: Count
    spoof: Count
    eer: Rate | None
    min_dcf: float | None


def _group_problem(by: dict[str, list[dict[str, Any]]]) -> str:
    """Return what is wrong with the rows of groups: each has a value of the group's columns."""
    for group, rows in by.items():
        for number, row in enumerate(rows):
            for column in columns_of(group):
                if not isinstance(row.get(column), str):
                    return f"needs a text {column} in row {number} of {group}"
            if (row["eer"] is None) != (row["min_dcf"] is None):
                return f"needs both eer and min_dcf, or neither, in row {number} of {group}"
    return ""


class SegmentRow(TypedDict):
    """The segment EER of one length, with its interval where there are several utterances."""

    seconds: Annotated[float, between(1e-6)]
    eer: Rate
    threshold: float
    low: NotRequired[Rate]
    high: NotRequired[Rate]
    bonafide: Count
    spoof: Count


class RangeRow(TypedDict):
    """The range EER, with its interval where there are several utterances."""

    eer: Rate
    low: NotRequired[Rate]
    high: NotRequired[Rate]
    bonafide_seconds: Annotated[float, between(0)]
    spoof_seconds: Annotated[float, between(0)]


class LocalisationTable(TypedDict):
    """Which parts of a split's utterances are told apart, see evaluation/localisation.py."""

    utterances: Count
    label_seconds: Annotated[float, between(1e-6)]
    segments: list[SegmentRow]
    range: RangeRow | None


class SplitMetrics(TypedDict):
    """metrics.<split>.json, the results of one split."""

    corpus: FileName
    bonafide: Count
    spoof: Count
    eer: Rate
    min_dcf: float
    act_dcf: float
    cllr: float
    auc: Rate
    threshold: float
    min_cllr: NotRequired[float]
    rocch_eer: NotRequired[float]
    eer_threshold: NotRequired[float]
    min_dcf_threshold: NotRequired[float]
    act_dcf_threshold: NotRequired[float]
    accuracy: Rate
    accuracy_always_spoof: Rate
    balanced_accuracy: Rate | None
    precision_bonafide: Rate | None
    recall_bonafide: Rate | None
    f1_bonafide: Rate | None
    precision_spoof: Rate | None
    recall_spoof: Rate | None
    f1_spoof: Rate | None
    confusion: Confusion
    collapse: Collapse
    alarms: NotRequired[list[str]]
    decision_corpus: NotRequired[str]
    localisation: NotRequired[LocalisationTable]
    by: NotRequired[Annotated[dict[str, list[GroupRow]], _group_problem]]
    tracing: NotRequired[TracingMetrics]


class Origin(TypedDict):
    """corpus.json: which corpus the results beside it are of, see runs/results.py."""

    corpus: FileName
    split: Literal["train", "dev", "eval"]
    root: list[str]
    digest: str
    utterances: Count


class Drawn(TypedDict):
    """What a line of the history says about the utterances drawn so far."""

    drawn_bonafide: Count
    drawn_spoof: Count
    skipped: Count


def _drawn_problem(line: dict[str, Any]) -> str:
    """Return what is wrong with the counts of a line: it has all of them or none."""
    return problem(line, Drawn) if "drawn_bonafide" in line else ""


_Line = TypedDict(
    "_Line",
    {
        "step": Count,
        "seconds": Annotated[float, between(0)],
        "loss": NotRequired[float | None],
        "dev.eer": NotRequired[float | None],
        "dev.min_dcf": NotRequired[float | None],
        "utterances_per_second": NotRequired[float],
        "wait_share": NotRequired[float],
    },
)
HistoryLine = Annotated[_Line, _drawn_problem]
"""A line of the history of a run."""
