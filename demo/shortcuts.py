"""The shortcut test: can the class be told without listening to the speech?

Logistic regressions on six and on fifteen statistics of the file, fitted on train, must stay
near chance on dev and eval; otherwise a detector could pass the demo by a volume knob.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from chain import STEP, frame_levels
from scipy import optimize, signal
from sources import RATE, SPLITS

SIX = ("duration", "level", "silence share", "tilt", "roll-off", "noise floor")
FIFTEEN = (
    *SIX,
    "peak",
    "lead",
    "trail",
    "below 80 Hz",
    "above 7 kHz",
    "bandwidth",
    "crest",
    "floor colour",
    "offset",
)
FLOORS = {len(SIX): 35.0, len(FIFTEEN): 33.0}  # EER in per cent that a probe may not go under


def statistics(x: np.ndarray) -> np.ndarray:
    """The fifteen statistics of one file, in the order of FIFTEEN; float64, (15,)."""
    levels = frame_levels(x)
    loud = np.percentile(levels, 95)
    active = np.flatnonzero(levels > loud - 35)
    level = 10 * np.log10(np.mean(x**2))
    peak = 20 * np.log10(np.abs(x).max())
    frequencies, _, grid = signal.spectrogram(x, RATE, nperseg=512, noverlap=352)
    power = grid.mean(axis=1) + 1e-20
    decibels = 10 * np.log10(power)
    total = power.sum()
    speech_band = (frequencies > 200) & (frequencies < 6000)
    quiet = grid[:, np.argsort(grid.sum(axis=0))[: max(1, grid.shape[1] // 10)]].mean(axis=1)
    return np.array(
        [
            len(x) / RATE,
            level,
            np.mean(levels < loud - 35),
            np.polyfit(frequencies[speech_band] / 1000, decibels[speech_band], 1)[0],
            frequencies[np.searchsorted(np.cumsum(power), 0.95 * total)],
            np.percentile(levels, 5),
            peak,
            active[0] * STEP / RATE,
            (len(levels) - 1 - active[-1]) * STEP / RATE,
            10 * np.log10(power[frequencies < 80].sum() / total),
            10 * np.log10(power[frequencies > 7000].sum() / total),
            frequencies[np.flatnonzero(decibels > decibels.max() - 50)[-1]],
            peak - level,
            10 * np.log10(quiet[frequencies > 3000].sum() / quiet[frequencies <= 3000].sum()),
            abs(x.mean()) * 32768,
        ]
    )


def read_split(corpus: Path, protocol: str, folder: str) -> tuple[np.ndarray, np.ndarray]:
    """Statistics (files, 15) and labels (files,), 1 = bona fide, of one split."""
    rows = [line.split(" ") for line in (corpus / protocol).read_text().splitlines()]
    table = []
    for row in rows:
        samples, _ = soundfile.read(corpus / folder / f"{row[1]}.flac", dtype="float64")
        table.append(statistics(samples))
    return np.array(table), np.array([row[8] == "bonafide" for row in rows], int)


def equal_error_rate(scores: np.ndarray, labels: np.ndarray) -> float:
    """Per cent at which misses and false alarms meet, higher score = bona fide."""
    order = np.argsort(scores, kind="stable")
    ranked = labels[order]
    misses = np.r_[0, np.cumsum(ranked)] / ranked.sum()
    alarms = 1 - np.r_[0, np.cumsum(1 - ranked)] / (1 - ranked).sum()
    best = np.argmin(np.abs(misses - alarms))
    return 50.0 * float(misses[best] + alarms[best])


def fit(table: np.ndarray, labels: np.ndarray, penalty: float = 1.0) -> np.ndarray:
    """Weights (statistics + 1,) of a logistic regression, classes weighted alike, L2."""
    inputs = np.c_[table, np.ones(len(table))]
    weight = np.where(labels == 1, 0.5 / labels.mean(), 0.5 / (1 - labels.mean()))
    sign = 2 * labels - 1

    def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
        margin = sign * (inputs @ w)
        slope = -weight * sign / (1 + np.exp(np.clip(margin, -500, 500)))
        ridge = penalty * np.r_[w[:-1], 0]
        return float(weight @ np.logaddexp(0, -margin) + ridge @ w / 2), inputs.T @ slope + ridge

    start = np.zeros(inputs.shape[1])
    return optimize.minimize(loss, start, jac=True, method="L-BFGS-B").x


@dataclass(frozen=True)
class Probe:
    """EER in per cent of one probe on each split, and its weights on train's z-scores."""

    statistics: tuple[str, ...]
    rates: dict[str, float]
    weights: dict[str, float]

    @property
    def passed(self) -> bool:
        """Whether dev and eval stay at or above the floor."""
        floor = FLOORS[len(self.statistics)]
        return min(self.rates["dev"], self.rates["eval"]) >= floor


def run_probes(corpus: Path) -> list[Probe]:
    """Both probes over the corpus, fitted on train."""
    tables = {s.name: read_split(corpus, s.protocol, s.folder) for s in SPLITS}
    mean, deviation = tables["train"][0].mean(axis=0), tables["train"][0].std(axis=0) + 1e-9
    probes = []
    for names in (SIX, FIFTEEN):
        scaled = {n: ((t - mean) / deviation)[:, : len(names)] for n, (t, _) in tables.items()}
        weights = fit(scaled["train"], tables["train"][1])
        rates = {
            name: equal_error_rate(scaled[name] @ weights[:-1], tables[name][1]) for name in tables
        }
        probes.append(Probe(names, rates, dict(zip(names, weights, strict=False))))
    return probes


def report(probes: list[Probe]) -> str:
    """The probes as a small Markdown table."""
    lines = ["| probe | train | dev | eval | floor | |", "|---|---|---|---|---|---|"]
    for probe in probes:
        rates = " | ".join(f"{probe.rates[name]:.1f}" for name in ("train", "dev", "eval"))
        floor = FLOORS[len(probe.statistics)]
        verdict = "holds" if probe.passed else "LEAKS"
        lines.append(
            f"| {len(probe.statistics)} statistics, EER % | {rates} | {floor:.0f} | {verdict} |"
        )
    return "\n".join(lines)
