"""The table of a series in which one value at a time was left out of training, as Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from spoofjax.evaluation.left_out import LeftOut, mean_eer


def left_out_table(column: str, results: Sequence[LeftOut]) -> str:
    """Return a Markdown table with a row for each value, the hardest first, and their mean."""
    lines = [
        f"| left out: {column} | bona fide | spoof | EER % [95 %] | EER % of each seed |",
        "|---|---|---|---|---|",
    ]
    for result in sorted(results, key=lambda result: -result.eer.value):
        seeds = ", ".join(f"{100 * value:.1f}" for value in result.seeds)
        eer = result.eer
        interval = f"{100 * eer.value:.1f} [{100 * eer.low:.1f}, {100 * eer.high:.1f}]"
        lines.append(
            f"| {result.value} | {result.bonafide:,} | {result.spoof:,} | {interval} | {seeds} |"
        )
    lines.append(f"| mean | | | {100 * mean_eer(list(results)):.1f} | |")
    return "\n".join(lines)
