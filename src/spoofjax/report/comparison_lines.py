"""A comparison of systems as lines for a terminal, with verdicts in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from spoofjax.errors import printable
from spoofjax.evaluation.agreement import Agreement
from spoofjax.evaluation.bootstrap import Interval
from spoofjax.evaluation.comparison import FEW, Condition, Pair
from spoofjax.evaluation.full_comparison import FullComparison
from spoofjax.evaluation.fusing_gain import PLUS, FusionGain

TITLES = {"eer": "EER", "min_dcf": "minDCF"}


def full_lines(compared: FullComparison, facts: Mapping[str, Any]) -> Iterator[str]:
    """Yield everything about a comparison; `facts` are those that `spoofjax compare` prints."""
    yield printable(
        f"{facts['split']} of {facts['corpus']}: {facts['bonafide']:,} bona fide and "
        f"{facts['spoof']:,} spoof utterances"
    )
    yield from (printable(f"note: {note}") for note in compared.notes)
    same = [tuple(names) for names in facts["same_configuration"]]
    for over, metrics in compared.overall.items():
        for metric, (systems, pairs) in metrics.items():
            yield f"\n{TITLES[metric]}, resampling {over}"
            yield from system_lines(systems, metric, facts["level"])
            yield from pair_lines(pairs, same)
    for group, conditions in compared.by.items():
        yield from condition_lines(group, conditions)
    if compared.agreements:
        yield "\nErrors in common, each system at its threshold of equal error"
        yield from agreement_lines(compared.agreements)
    if compared.fusions:
        yield "\nLogistic fusion, trained on dev, against the system that is best on dev"
        yield from fusion_lines(compared.fusions)


def verdict(pair: Pair) -> str:
    """Return who wins, by how much: 'A beats B: 2.10 points [0.90, 3.40]', or that nobody does."""
    if not pair.winner:
        return f"{pair.first} and {pair.second} are not distinguishable: {_difference(pair)}"
    loser = pair.second if pair.winner == pair.first else pair.first
    return f"{pair.winner} beats {loser}: {_gain(pair)}"


def system_lines(systems: Mapping[str, Interval], metric: str, level: float) -> list[str]:
    """Return a table with a metric of every system and its interval, the best system first."""
    width = _width(systems)
    rows = sorted(systems.items(), key=lambda item: item[1].value)
    return [
        f"{'':{width}} {TITLES[metric]:>8}   {100 * level:g} % interval",
        *(f"{printable(name):{width}} {_interval(one, metric)}" for name, one in rows),
    ]


def pair_lines(
    pairs: Iterable[Pair], same_configuration: Iterable[tuple[str, ...]] = ()
) -> list[str]:
    """Return a verdict for each pair.

    Pairs of names in `same_configuration` are two seeds of one configuration. A difference between
    them says nothing about the configuration, so that neither is called the better one.
    """
    seeds, lines = set(same_configuration), []
    for pair in pairs:
        text = verdict(pair)
        if (pair.first, pair.second) in seeds and pair.winner:
            text = (
                f"{pair.first} and {pair.second} are not distinguishable as configurations, since "
                f"they differ in their seed alone; as detectors, {text}"
            )
        lines.append(printable(f"{text}  (p = {pair.p_value:.3f})"))
    return lines


def condition_lines(group: str, conditions: Sequence[Condition]) -> list[str]:
    """Return a row for each condition of a group: the EERs of all systems, and who beats whom."""
    if not conditions:
        return [f"\nEER by {printable(group)}: no condition has {FEW} utterances of each class"]
    systems = [printable(name) for name in conditions[0].comparison.systems]
    lines = [f"\nEER by {printable(group)}, the largest difference first"]
    lines.append(f"  {'':12} {'bona fide / spoof':>17}   {'   '.join(f'{s:>24}' for s in systems)}")
    for condition in conditions:
        counts = f"{condition.bonafide} / {condition.spoof}"
        cells = [f"{_interval(one, 'eer'):>24}" for one in condition.comparison.systems.values()]
        value = printable(" ".join(condition.values.values()))
        lines.append(f"  {value:12} {counts:>17}   {'   '.join(cells)}")
        certain = [pair for pair in condition.comparison.pairs if pair.winner]
        lines += [f"      {printable(verdict(pair))}" for pair in certain]
    return lines


def agreement_lines(agreements: Iterable[Agreement]) -> Iterator[str]:
    """Yield what each pair of systems has in common."""
    for one in agreements:
        correlations = [
            "-" if value is None else f"{value:.2f}"
            for value in (one.error_correlation, one.score_correlation)
        ]
        yield printable(
            f"{one.first} ({one.first_errors} errors) and {one.second} ({one.second_errors}) share "
            f"{one.shared_errors}; correlation of errors {correlations[0]}, of scores "
            f"{correlations[1]}"
        )


def fusion_lines(gains: Iterable[FusionGain]) -> Iterator[str]:
    """Yield what each fusion brings over the best of its systems."""
    for gain in gains:
        pair = gain.pair
        if pair.winner == pair.first:
            text = f"better than {pair.second}: {_gain(pair)}"
        elif pair.winner:
            text = f"worse than {pair.second}: {_gain(pair)}"
        else:
            text = f"not distinguishable from {pair.second}: {_difference(pair)}"
        yield printable(f"{PLUS.join(gain.fused)}: EER {gain.value:.2%}, {text}")


def _width(names: Iterable[str]) -> int:
    return max(len(printable(name)) for name in names)


def _interval(interval: Interval, metric: str) -> str:
    value, low, high = interval.value, interval.low, interval.high
    if metric == "eer":
        return f"{value:8.2%}   [{low:.2%}, {high:.2%}]"
    return f"{value:8.4f}   [{low:.4f}, {high:.4f}]"


def _gain(pair: Pair) -> str:
    """Return by how much the winner is better, as positive numbers."""
    low, high = sorted((abs(pair.low), abs(pair.high)))
    return _numbers(abs(pair.difference), low, high, pair.metric)


def _difference(pair: Pair) -> str:
    return _numbers(pair.difference, pair.low, pair.high, pair.metric)


def _numbers(difference: float, low: float, high: float, metric: str) -> str:
    if metric == "eer":
        return f"{100 * difference:.2f} points [{100 * low:.2f}, {100 * high:.2f}]"
    return f"{difference:.4f} of {TITLES[metric]} [{low:.4f}, {high:.4f}]"
