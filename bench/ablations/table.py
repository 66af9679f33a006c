"""A Markdown table of EERs with intervals over seeds."""

from __future__ import annotations

import math
import statistics

STUDENT = {2: 12.71, 3: 4.30, 4: 3.18, 5: 2.78}
"""97.5 % quantiles of Student's distribution, by the number of seeds."""


def table(rows: dict[str, list[dict[str, float]]]) -> str:
    """Return a Markdown table: mean EERs, their differences from the first row, 95 % intervals.

    A difference is that of runs with the same seed.
    """
    base = next(iter(rows.values()))
    splits = list(base[0])
    titles = [f"{split} EER, %" for split in splits] + [f"{split}, change" for split in splits]
    lines = [f"| | {' | '.join(titles)} |", "| --- |" + " --- |" * len(titles)]
    for name, results in rows.items():
        cells = [_interval([one[split] for one in results]) for split in splits]
        for split in splits:
            pairs = zip(results, base, strict=False)
            differences = [one[split] - other[split] for one, other in pairs]
            is_paired = results is not base and len(results) == len(base)
            cells.append(_interval(differences) if is_paired else "")
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _interval(values: list[float]) -> str:
    mean = statistics.fmean(values)
    if len(values) not in STUDENT:
        return f"{mean:.1f}"
    half = STUDENT[len(values)] * statistics.stdev(values) / math.sqrt(len(values))
    return f"{mean:.1f} ± {half:.1f}"
