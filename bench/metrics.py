"""How fast are the metrics? Ours beside the literal algorithms, interleaved in one run.

    python -m bench.metrics [--trials 680774] [--repeats 9] [--exact 2000] [--json FILE]

One evaluation is EER, minDCF, actDCF, Cllr and AUC of synthetic scores in the proportions of the
ASVspoof 5 evaluation set (138,688 bona fide, 542,086 spoof), from unsorted scores and labels. The
literal algorithm (peers/metrics_literal.py) sorts once too, in numpy, and loops over thresholds for
minDCF as the official package does. The bootstrap is 1,000 resamples of all five numbers; its
standard errors are compared with those of `--exact` resamples drawn and evaluated one by one
(0: none). Times are CPU time of one thread.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")
if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

import numpy as np  # noqa: E402

from bench.peers import metrics_literal as literal  # noqa: E402
from bench.timing import interleave, print_table, write_json  # noqa: E402
from spoofjax.evaluation.bootstrap import intervals  # noqa: E402
from spoofjax.evaluation.metrics import ASVSPOOF5, headline, summary  # noqa: E402
from spoofjax.evaluation.ranked import Ranked, split_classes  # noqa: E402

BONAFIDE_SHARE = 138_688 / 680_774


def synthetic(trials: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return shuffled scores float64 and labels, with an EER of some 7 %."""
    generator = np.random.default_rng(seed)
    labels = (np.arange(trials) < round(BONAFIDE_SHARE * trials)).astype(np.int8)
    generator.shuffle(labels)
    return np.where(
        labels == 1, generator.normal(2, 1.5, trials), generator.normal(-2, 1.2, trials)
    ), labels


def exact_standard_errors(
    scores: np.ndarray, labels: np.ndarray, resamples: int
) -> dict[str, float]:
    """Resample the utterances within each class, one resample at a time; return standard errors."""
    generator = np.random.default_rng(1)
    classes = split_classes(scores, labels)
    values = np.empty((resamples, 2))
    for row in values:
        ranked = Ranked(*(c[generator.integers(0, len(c), len(c))] for c in classes))
        equal = ranked.equal_error()
        row[:] = (equal.frr + equal.far) / 2, ranked.least_cost(*ASVSPOOF5.weights)[0]
    eer, min_dcf = values.std(axis=0, ddof=1)
    return {"eer": float(eer), "min_dcf": float(min_dcf)}


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--trials", type=int, default=680_774)
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--exact", type=int, default=2000, help="exact resamples; 0: none")
    parser.add_argument("--json", type=Path, default=Path("bench/results/metrics.json"))
    options = parser.parse_args()
    scores, labels = synthetic(options.trials)

    ours, theirs = headline(scores, labels), literal.five(*split_classes(scores, labels))
    for name, value in ours.items():
        if abs(value - theirs[name]) > 1e-9:
            raise SystemExit(f"{name}: {value} differs from the literal {theirs[name]}.")

    rows = interleave(
        {
            "spoofjax": lambda: headline(scores, labels),
            "literal": lambda: literal.five(*split_classes(scores, labels)),
            "spoofjax, all of summary()": lambda: summary(scores, labels),
        },
        options.repeats,
    )
    print_table(f"{options.trials:,} scores", rows, unit="ms", reference="spoofjax")
    boot = interleave({"1,000 resamples": lambda: intervals(scores, labels)}, 5)
    print_table("bootstrap", boot, unit="ms")

    estimates = intervals(scores, labels)
    errors = {name: estimates[name].standard_error for name in ("eer", "min_dcf")}
    exact = exact_standard_errors(scores, labels, options.exact) if options.exact else {}
    for name, value in exact.items():
        ratio = errors[name] / value
        print(f"standard error of {name}: {errors[name]:.3e}, exact {value:.3e}, ratio {ratio:.3f}")
    write_json(
        options.json,
        f"metrics of {options.trials:,} scores",
        [*rows, *boot],
        packages=("scipy",),
        metrics=ours,
        standard_errors=errors,
        exact_standard_errors=exact,
        exact_resamples=options.exact,
    )


if __name__ == "__main__":
    main()
