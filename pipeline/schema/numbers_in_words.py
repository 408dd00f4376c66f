"""Numbers as people say them: 7.0 B, 237 B, 9.5 epochs, 2.38 nats/token (2.35–2.41), an error of 0.71 (0.70–0.73)."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from typing import Any

from pipeline.schema.metrics import METRICS

Row = dict[str, Any]
SCALES = ((1e12, " T"), (1e9, " B"), (1e6, " M"), (1e3, " k"))
MOST_SCALED, MOST_FACTOR = 1e15, 1e6
"""From here on an amount and a multiple are powers of ten: digits beyond say nothing."""
MOST_DECIMALS = 5
SHOWN_POOLS = 4
LARGE = re.compile(r"\b((?:params|data|flops|batch)\w*=)(\d{4,}(?:\.\d*)?|\d(?:\.\d+)?e\+?\d+)(?=, |$)")
"""An amount in the name of a group that is too long to be read; a seed or a year is none."""
UNITS = {
    metric.name: metric.unit.replace(" per ", "/")
    for metric in METRICS.values()
    if metric.unit.partition(" ")[0] in ("nats", "bits")
} | {(WITHOUT_TOKENS := "cross-entropy"): "nats"}
"""Metrics with a unit that is said behind the number: nats/token, bits/byte; a loss of runs on samples is in nats of whatever."""
BLIND = 10.0
"""An interval whose ends differ by more than this factor tells nobody anything."""


def called(metric: str, data_unit: str) -> str:
    """What a metric is called beside data of a unit: a loss of images, or of other samples, is per no token."""
    return WITHOUT_TOKENS if metric == "loss" and data_unit == "sample" else metric


def amount(number: float | None) -> str:
    """A count of parameters, tokens or samples: 7.0 B, 237 B, 850 k, 2.1e32."""
    if number is None:
        return "?"
    if number >= 0.9995 * MOST_SCALED:
        return _power(number)
    for scale, letter in SCALES:
        if number >= 0.9995 * scale:
            scaled = number / scale
            text = f"{scaled:.1f}" if scaled < 99.95 else f"{scaled:.0f}"
            return (text if scaled < 9.95 else text.removesuffix(".0")) + letter
    return f"{number:.3g}"


def flops(number: float | None) -> str:
    """Compute: 1.0e22 FLOP."""
    return "? FLOP" if number is None else f"{_power(number)} FLOP"


def factor(number: float | None) -> str:
    """A multiple or a number of epochs: 1.2, 9.5, 16, 300, 1.6e39."""
    if number is None:
        return "?"
    if number >= MOST_FACTOR:
        return _power(number)
    if number >= 99.5:
        return f"{float(f'{number:.2g}'):.0f}"
    if 1 < number < 1.05:
        return f"{number:.2g}" if number >= 1.005 else "1"
    text = f"{number:.2g}" if number < 1 else f"{number:.1f}"
    return text.removesuffix(".0")


def _power(number: float) -> str:
    return f"{number:.1e}".replace("e+0", "e").replace("e+", "e")


def part(share: float | None) -> str:
    """A share in percent: 0.8 %, 9 %, 82 %, 100 %; never rounded to nothing or to certainty."""
    if share is None:
        return "an unknown part"
    percent = 100 * share
    if 0 < percent < 0.05:
        return "less than 0.1 %"
    if 99.5 <= percent < 100:
        return "more than 99 %"
    return f"{percent:.0f} %" if abs(percent) >= 9.5 or percent == 0 else f"{percent:.1f} %".replace(".0 %", " %")


def outcome(row: Row, name: str, metric: str = "loss") -> str:
    """An estimate of a metric with its unit and interval: 2.38 nats/token (2.35–2.41), an error of 0.71 (0.70–0.73)."""
    middle = row[name]
    if middle is None:
        return f"no {metric} that can be said"
    if why := without_interval(row, name):
        return f"{_measured(f'{middle:.3g}', metric)} ({why})"
    number, ends = decimals(middle, row[f"{name}_low"], row[f"{name}_high"])
    return f"{_measured(number, metric)} ({ends})"


def without_interval(row: Row, name: str) -> str | None:
    """Why an estimate is said without its interval; None where it has one."""
    low, high = row.get(f"{name}_low"), row.get(f"{name}_high")
    if low is None or high is None:
        return f"no interval: {'none is printed' if row.get('grade') == 'published' else 'too few independent runs'}"
    return "too far from your runs for an interval" if low > 0 and high / low > BLIND else None


def difference(row: Row, name: str, metric: str = "loss") -> str:
    """A difference of two values of a metric with its interval: 0.007 nats/token (-0.002 to 0.031)."""
    middle, low, high = row[name], row.get(f"{name}_low"), row.get(f"{name}_high")
    number = f"{middle:.2g} {UNITS.get(metric, f'of {metric}')}"
    if low is None or high is None:
        return number
    number, ends = decimals(middle, low, high, (high - low) / 3)
    return f"{number} {UNITS.get(metric, f'of {metric}')} ({ends.replace('–', ' to ') if low < 0 else ends})"


def decimals(middle: float, low: float, high: float, width: float | None = None) -> tuple[str, str]:
    """(value, interval) with as many decimals as the interval supports, or one of another width."""
    width = high - low if width is None else width
    many = 2 if width <= 0 else min(MOST_DECIMALS, max(2, math.ceil(-math.log10(width)) + 1 if width < 0.05 else 2))
    return f"{middle:.{many}f}", f"{low:.{many}f}–{high:.{many}f}"


def _measured(number: str, metric: str) -> str:
    """A number with the unit of its metric, or with the metric's name where it has none."""
    if metric in UNITS:
        return f"{number} {UNITS[metric]}"
    return f"{'an' if metric[:1] in 'aeiou' else 'a'} {metric} of {number}"


def spread(row: Row, name: str, write: Callable[[float], str]) -> str:
    """The interval of an amount in brackets, its unit once, or nothing where there is none: (38–72 %), (231 k–1.6 M)."""
    low, high = row.get(f"{name}_low"), row.get(f"{name}_high")
    if low is None or high is None:
        return ""
    first, second = write(low).removesuffix(" FLOP"), write(high).removesuffix(" FLOP")
    unit = second.rpartition(" ")[2]
    if first == second:
        return ""
    return f" ({first.removesuffix(f' {unit}')}–{second})"


def sets(pools: Sequence[str]) -> str:
    """A pool set: its pools, or its first and last with the count where there are many."""
    names = list(pools)
    return " + ".join(names) if len(names) <= SHOWN_POOLS else f"the {len(names)} pools from {names[0]} to {names[-1]}"


def cohort_words(cohort: str) -> str:
    """The name of a group of runs with its large numbers as people say them: data_seen=1 B for data_seen=1000000000.0."""
    return LARGE.sub(lambda found: f"{found[1]}{amount(float(found[2]))}", cohort)
