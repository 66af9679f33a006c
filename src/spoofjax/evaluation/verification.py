"""Voice authentication: accept a speaker, or reject as an impostor or as a spoof.

A countermeasure and speaker verification each give a log-likelihood ratio (LLR). The joint LLR, of
a target against the mixture of nontargets and spoofs that the costs describe, is compared with the
threshold at which accepting costs as much as rejecting (Wang et al., 2024; the costs are those of
the a-DCF, Shim et al., 2024).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple, TypedDict

import numpy as np
from numpy.typing import ArrayLike

from spoofjax.errors import ScoreError
from spoofjax.evaluation.calibration import Affine
from spoofjax.evaluation.sasv import SasvFusion, SasvTrials, fit_sasv_fusion, sasv_summary
from spoofjax.evaluation.tables import numbers, read_trials
from spoofjax.evaluation.tandem import TRIALS, AsvScores, TandemCosts
from spoofjax.files import replacement, write_json
from spoofjax.json_files import read_json

DECISIONS = ("accept", "impostor", "spoof")
IDENTITY = Affine(scale=(1.0,), offset=0.0, prior=0.5, trials=(0, 0), errors=(0, 0))
"""The calibration of scores that are LLRs already."""


class _Saved(TypedDict):
    """A verifier as JSON."""

    costs: dict[str, float]
    cm: dict[str, Any]
    asv: dict[str, Any]


@dataclass(frozen=True)
class Verifier:
    """Decides about trials by the scores of both systems.

    `cm` and `asv` turn raw scores into natural-log LLRs: of bona fide speech against spoofs, and of
    targets against nontargets.
    """

    costs: TandemCosts
    cm: Affine = IDENTITY
    asv: Affine = IDENTITY

    @classmethod
    def fit(cls, trials: SasvTrials, costs: TandemCosts | None = None) -> Verifier:
        """Calibrate both systems on dev trials. Raises ScoreError as `fit_sasv_fusion` does."""
        costs = costs or TandemCosts()
        fusion = fit_sasv_fusion(trials, costs)
        return cls(costs, fusion.cm, fusion.asv)

    @classmethod
    def read(cls, path: Path) -> Verifier:
        """Read what `write` wrote. Raises ScoreError."""
        remedy = "Write it again with `spoofjax verify fit`."
        values = read_json(path, _Saved, ScoreError, remedy)
        try:
            costs = TandemCosts(**values["costs"])
        except TypeError as error:
            raise ScoreError(f"{path} is damaged: {error}. {remedy}") from None
        return cls(costs, Affine.from_json(values["cm"]), Affine.from_json(values["asv"]))

    def write(self, path: Path) -> None:
        """Write the costs and both calibrations as JSON."""
        values = {"costs": asdict(self.costs), "cm": self.cm.to_json(), "asv": self.asv.to_json()}
        write_json(path, values)

    @property
    def share(self) -> float:
        """The share of spoofs in what is to be rejected, weighted by cost."""
        return self._spoof / (self._spoof + self._nontarget)

    @property
    def threshold(self) -> float:
        """The least joint LLR that is accepted."""
        return float(
            np.log((self._spoof + self._nontarget) / (self.costs.miss * self.costs.p_target))
        )

    def joint(self, cm: ArrayLike, asv: ArrayLike) -> np.ndarray:
        """Return float64 (trials,): joint LLRs of the raw scores of both systems, (trials,)."""
        return SasvFusion(self.cm, self.asv, self.share)(cm, asv)

    def decide(self, cm: ArrayLike, asv: ArrayLike) -> np.ndarray:
        """Return str (trials,): 'accept', 'impostor' or 'spoof', from raw scores (trials,).

        A trial that is rejected gets the name of what costs more to accept there. Raises ScoreError
        for scores that are not finite.
        """
        cm, asv = np.asarray(cm, np.float64), np.asarray(asv, np.float64)
        if not (np.isfinite(cm).all() and np.isfinite(asv).all()):
            raise ScoreError("A score is NaN or infinite.")
        is_spoof = np.log(self.share) - self.cm(cm) > np.log1p(-self.share) - self.asv(asv)
        is_accepted = self.joint(cm, asv) >= self.threshold
        return np.where(is_accepted, "accept", np.where(is_spoof, "spoof", "impostor"))

    def act_a_dcf(self, joint: AsvScores) -> float:
        """Return the normalised a-DCF of joint LLRs at this verifier's own threshold."""
        miss = self.costs.miss * self.costs.p_target
        rates = joint.rates(self.threshold)
        cost = miss * rates.miss + self._nontarget * rates.false_alarm
        cost += self._spoof * rates.false_alarm_spoof
        return float(cost / min(miss, self._nontarget + self._spoof))

    def evaluated(self, trials: SasvTrials) -> dict[str, Any]:
        """Return error rates on trials of known kinds, and the decisions by kind, as JSON values.

        They are those of `sasv_summary` for the joint LLRs, and `act_a_dcf`, the a-DCF at this
        verifier's threshold. Raises ScoreError where a score or a kind of trial is absent.
        """
        if trials.cm is None or trials.asv is None:
            raise ScoreError("A decision needs the CM score and the ASV score of every trial.")
        joint = replace(trials, sasv=self.joint(trials.cm, trials.asv))
        decisions = self.decide(trials.cm, trials.asv)
        results = sasv_summary(joint, self.costs)
        results["act_a_dcf"] = self.act_a_dcf(joint.of("sasv"))
        for kind in TRIALS:
            chosen = decisions[trials.kind == kind]
            results[f"{kind}_decisions"] = {n: int((chosen == n).sum()) for n in DECISIONS}
        return {"threshold": self.threshold, **results}

    def answer(self, cm: float, asv: float) -> dict[str, Any]:
        """Return the decision about one trial by its raw scores, as JSON values."""
        [decision], [joint] = self.decide([cm], [asv]).tolist(), self.joint([cm], [asv]).tolist()
        return {
            "decision": decision,
            "joint_llr": joint,
            "threshold": self.threshold,
            "cm_score": cm,
            "cm_llr": float(self.cm([cm])[0]),
            "asv_score": asv,
            "asv_llr": float(self.asv([asv])[0]),
        }

    @property
    def _nontarget(self) -> float:
        return self.costs.false_alarm * self.costs.p_nontarget

    @property
    def _spoof(self) -> float:
        return self.costs.false_alarm_spoof * self.costs.p_spoof


class DecidedTrial(NamedTuple):
    """A trial and what was decided about it."""

    speaker: str
    file: str
    cm: float
    asv: float
    joint: float
    """The joint LLR."""
    decision: str


def decided(verifier: Verifier, scores: Path) -> list[DecidedTrial]:
    """Decide about every trial of a track 2 score file, in its order.

    Raises ScoreError for a file without the columns spk, filename, cm-score and asv-score.
    """
    table = read_trials(scores)
    header, body = table.rows[0], table.body()
    for name in ("spk", "filename", "cm-score", "asv-score"):
        if name not in header:
            raise ScoreError(f"{table.line(0)}: no column {name!r} in the header.")
    speakers, files = (body.column(header.index(name)) for name in ("spk", "filename"))
    cm, asv = (numbers(body, header.index(name)) for name in ("cm-score", "asv-score"))
    columns = (cm, asv, verifier.joint(cm, asv), verifier.decide(cm, asv))
    return [
        DecidedTrial(*row)
        for row in zip(speakers, files, *(column.tolist() for column in columns), strict=True)
    ]


def write_decisions(trials: list[DecidedTrial], path: Path) -> None:
    """Write a track 2 score file, which `spoofjax metrics --sasv` reads, with the decisions."""
    with replacement(path) as part, part.open("w") as file:
        file.write("spk\tfilename\tcm-score\tasv-score\tsasv-score\tdecision\n")
        for trial in trials:
            values = f"{trial.cm!r}\t{trial.asv!r}\t{trial.joint!r}"
            file.write(f"{trial.speaker}\t{trial.file}\t{values}\t{trial.decision}\n")
