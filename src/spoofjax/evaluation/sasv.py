"""Speaker verification that is aware of spoofing (SASV): metrics of track 2, and score fusion."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from spoofjax.errors import ScoreError
from spoofjax.evaluation.calibration import Affine, fit
from spoofjax.evaluation.metrics import eer
from spoofjax.evaluation.ranked import Ranked
from spoofjax.evaluation.tables import Table, numbers, read_trials
from spoofjax.evaluation.tandem import (
    ASVSPOOF5_ASV,
    TRIALS,
    AsvScores,
    TandemCosts,
    revised_tdcf,
)

SPEAKER = ("spk", "tar_spk_anon")
FILE = ("filename", "trial_anon")
LABEL = ("asv-label", "asv_label")
SCORES = {"cm": "cm-score", "asv": "asv-score", "sasv": "sasv-score"}


@dataclass(frozen=True, eq=False)
class SasvTrials:
    """Trials of a claimed speaker and an utterance, with their scores.

    `kind` str (trials,) is target, nontarget or spoof. `cm`, `asv` and `sasv`, float64 (trials,) or
    None, are the scores of the countermeasure, of speaker verification and of both together.
    """

    kind: np.ndarray
    cm: np.ndarray | None = None
    asv: np.ndarray | None = None
    sasv: np.ndarray | None = None

    def of(self, score: str) -> AsvScores:
        """Return one score ('cm', 'asv' or 'sasv') by kind of trial. Raises ScoreError."""
        values = getattr(self, score)
        if values is None:
            raise ScoreError(f"These trials have no {score} score.")
        return AsvScores(*(values[self.kind == name] for name in TRIALS))


def read_sasv(scores: str | Path, keys: str | Path) -> SasvTrials:
    """Read a track 2 score file and its key.

    Scores: TAB, header `spk filename cm-score asv-score sasv-score`, '-' where absent. Key: a
    header with `spk filename asv-label`, or the released headerless trial list (speaker, file,
    gender, attack, kind). Pairs of speaker and file must be the same; trials come in the order of
    the key. Raises ScoreError with file and line.
    """
    pairs, kind = _read_key(read_trials(keys))
    table = read_trials(scores)
    header, body = table.rows[0], table.body()
    rows = _rows_of(pairs, body, _find(table, SPEAKER), _find(table, FILE))
    values = {}
    for name, heading in SCORES.items():
        if heading in header and any(f != "-" for f in body.column(header.index(heading))):
            values[name] = numbers(body, header.index(heading))[rows]
    if not values:
        raise ScoreError(f"{table.path} has none of the columns {', '.join(SCORES.values())}.")
    return SasvTrials(np.array(kind), **values)


def a_dcf(trials: AsvScores, costs: TandemCosts | None = None) -> tuple[float, float]:
    """Return the minimum normalised a-DCF of SASV scores and its threshold (Shim et al., 2024).

    One threshold decides about all kinds of trials. The cost is divided by the lower cost of
    accepting or rejecting everybody. Each trial is one step, in ascending order; of equal scores,
    targets come first.
    """
    costs = costs or TandemCosts()
    miss = costs.miss * costs.p_target
    alarms = (
        (costs.false_alarm * costs.p_nontarget, np.sort(trials.nontarget)),
        (costs.false_alarm_spoof * costs.p_spoof, np.sort(trials.spoof)),
    )
    target = np.sort(trials.target)
    # As with the DCF of two classes, a minimum lies just before a target, or after all trials.
    cost = miss * np.arange(len(target) + 1) / len(target)
    below = 0
    for weight, others in alarms:
        rejected = np.append(np.searchsorted(others, target, side="left"), len(others))
        cost += weight * (1 - rejected / len(others))
        below = below + rejected
    best = int(np.argmin(cost))
    merged = np.sort(np.concatenate([target, *(others for _, others in alarms)]))
    step = best + int(np.asarray(below)[best])
    threshold = float(merged[step - 1]) if step else float(merged[0]) - 1e-8
    return float(cost[best]) / min(miss, alarms[0][0] + alarms[1][0]), threshold


def t_eer(cm: AsvScores, asv: AsvScores, rho: float = 0.5) -> float:
    """Return the concurrent tandem equal error rate, a fraction (Kinnunen et al., 2023).

    `cm` and `asv` are both systems' scores of the same trials; `rho` is the share of spoofs among
    the negatives, on which the concurrent point hardly depends. Every ASV threshold is paired with
    the CM threshold at which tandem misses and false alarms are equal. The result is taken from the
    pair at which spoofs and nontargets pass at the same rate. It is exact, since no threshold is
    left out. It is NaN where no pair lets anything pass, for example where all scores are equal and
    most negatives are spoofs.
    """
    miss_cm, false_cm, _ = Ranked(np.append(cm.target, cm.nontarget), cm.spoof).det()
    miss_asv, false_asv, spoof_asv = _asv_curves(asv)
    allowed = miss_asv < (1 - rho) * false_asv + rho * spoof_asv
    miss_asv, false_asv, spoof_asv = miss_asv[allowed], false_asv[allowed], spoof_asv[allowed]

    def gap(steps: np.ndarray) -> np.ndarray:
        passing = 1 - miss_cm[steps]
        misses = miss_cm[steps] + passing * miss_asv
        alarms = (1 - rho) * passing * false_asv + rho * false_cm[steps] * spoof_asv
        return misses - alarms

    def first_with(least: np.ndarray) -> np.ndarray:
        low, high = np.zeros(len(least), np.int64), np.full(len(least), len(miss_cm) - 1)
        while (low < high).any():
            middle = (low + high) // 2
            is_reached = gap(middle) >= least
            low = np.where(is_reached, low, middle + 1)
            high = np.where(is_reached, middle, high)
        return low

    # The gap never falls from step to step, so the smallest |gap| is just before or after zero.
    after = first_with(np.zeros(len(miss_asv)))
    before = first_with(gap(np.maximum(after - 1, 0)))
    steps = np.where(np.abs(gap(before)) <= np.abs(gap(after)), before, after)
    with np.errstate(divide="ignore", invalid="ignore"):
        apart = np.abs(false_asv / spoof_asv - false_cm[steps] / (1 - miss_cm[steps]))
    apart[np.isnan(apart)] = np.inf
    best = int(np.argmin(apart))
    if apart[best] == np.inf:
        return float("nan")
    return float(spoof_asv[best] * false_cm[steps[best]])


def sasv_summary(trials: SasvTrials, costs: TandemCosts | None = None) -> dict[str, Any]:
    """Return the track 2 metrics that the given scores allow, as JSON values; rates are fractions.

    SASV scores give a_dcf, its threshold, sasv_eer (target against nontarget and spoof), sv_eer
    (target against nontarget) and spf_eer (target against spoof). CM scores give min_tdcf at the
    organisers' ASV rates. CM and ASV scores together give t_eer, unless it is NaN.
    """
    result: dict[str, Any] = {name: int((trials.kind == name).sum()) for name in TRIALS}
    if trials.sasv is not None:
        joint = trials.of("sasv")
        result["a_dcf"], result["a_dcf_threshold"] = a_dcf(joint, costs)
        result["sasv_eer"] = eer(joint.target, np.append(joint.nontarget, joint.spoof))[0]
        result["sv_eer"] = eer(joint.target, joint.nontarget)[0]
        result["spf_eer"] = eer(joint.target, joint.spoof)[0]
    if trials.cm is not None:
        cm = trials.of("cm")
        bonafide = np.append(cm.target, cm.nontarget)
        result["min_tdcf"] = revised_tdcf(bonafide, cm.spoof, ASVSPOOF5_ASV, costs)
        if trials.asv is not None:
            rate = t_eer(cm, trials.of("asv"))
            if not np.isnan(rate):
                result["t_eer"] = rate
    return result


@dataclass(frozen=True)
class SasvFusion:
    """Joins the LLRs of CM and ASV to -ln((1 - share) e^-asv + share e^-cm).

    This is the LLR of a target against a mixture of nontargets and spoofs, whose share is `share`.
    """

    cm: Affine
    asv: Affine
    share: float

    def __call__(self, cm: ArrayLike, asv: ArrayLike) -> np.ndarray:
        """Return float64 (trials,): SASV scores from the raw scores of both systems."""
        nontarget, spoof = np.log1p(-self.share), np.log(self.share)
        return -np.logaddexp(nontarget - self.asv(asv), spoof - self.cm(cm))


def fit_sasv_fusion(trials: SasvTrials, costs: TandemCosts | None = None) -> SasvFusion:
    """Calibrate CM (bona fide against spoof) and ASV (target against nontarget) on dev trials.

    The share of spoofs follows from the cost model, so that the fused LLR suits the a-DCF with
    those costs. Raises ScoreError where a score or a kind of trial is absent.
    """
    costs = costs or TandemCosts()
    if trials.cm is None or trials.asv is None:
        raise ScoreError("Fusion needs the CM score and the ASV score of every trial.")
    spoof = costs.false_alarm_spoof * costs.p_spoof
    share = spoof / (spoof + costs.false_alarm * costs.p_nontarget)
    live = trials.kind != "spoof"
    return SasvFusion(
        cm=fit(trials.cm, live.astype(int)),
        asv=fit(trials.asv[live], (trials.kind[live] == "target").astype(int)),
        share=share,
    )


def _asv_curves(asv: AsvScores) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the rates of misses and of both kinds of false alarms at each step, (trials + 1,)."""
    parts = [asv.target, asv.nontarget, asv.spoof]
    kind = np.repeat(np.arange(3), [len(part) for part in parts])
    kind = kind[np.argsort(np.concatenate(parts), kind="stable")]
    shares = [np.append(0, np.cumsum(kind == k)) / len(part) for k, part in enumerate(parts)]
    return shares[0], 1 - shares[1], 1 - shares[2]


def _find(table: Table, names: tuple[str, ...]) -> int:
    for name in names:
        if name in table.rows[0]:
            return table.rows[0].index(name)
    raise ScoreError(f"{table.line(0)}: no column {names[0]!r} in the header.")


def _read_key(table: Table) -> tuple[list[tuple[str, str]], list[str]]:
    """Return (speaker, file) and the kind of every trial."""
    if table.rows[0][-1] in TRIALS and table.width == 5:
        speaker, file, label = 0, 1, 4
    else:
        speaker, file, label = (_find(table, names) for names in (SPEAKER, FILE, LABEL))
        table = table.body()
    kinds = table.column(label)
    for row, kind in enumerate(kinds):
        if kind not in TRIALS:
            raise ScoreError(f"{table.line(row)}: {kind!r} is not target, nontarget or spoof.")
    return list(zip(table.column(speaker), table.column(file), strict=True)), kinds


def _rows_of(pairs: list[tuple[str, str]], body: Table, speaker: int, file: int) -> np.ndarray:
    indices = {(row[speaker], row[file]): index for index, row in enumerate(body.rows)}
    if len(indices) != len(body.rows):
        raise ScoreError(f"{body.path} scores a pair of speaker and file twice.")
    missing = [pair for pair in pairs if pair not in indices]
    extra = indices.keys() - set(pairs)
    if missing or extra:
        named = " ".join((missing or sorted(extra))[0])
        raise ScoreError(
            f"Scores and key do not match: {len(missing):,} trials have no score, {len(extra):,} "
            f"scores are not in the key (first: {named})."
        )
    return np.fromiter((indices[pair] for pair in pairs), np.int64, len(pairs))
