"""Money and time in words."""

from __future__ import annotations

from pipeline.schema.numbers_in_words import amount, factor

CENT, DAYS_FROM = 0.01, 72.0


def priced(price: float) -> str:
    """A sum of money without its currency: 172,031, 8.40, less than 0.01."""
    return f"{price:,.0f}" if price >= 100 else f"{price:.2f}" if price >= CENT or price == 0 else "less than 0.01"


def device_time(hours: float) -> str:
    """The work of devices: in hours, below one in minutes or seconds."""
    return _several(amount(hours), "hour") if hours >= 1 else duration(hours)


def duration(hours: float) -> str:
    """Seconds, minutes, hours or days, whichever has few digits: 2.2 seconds, 1 hour, 58982 hours, 4.8 days."""
    if hours < 1 / 60:
        return _several(factor(3600 * hours), "second")
    if hours < 1:
        return _several(factor(60 * hours), "minute")
    return _several(factor(hours), "hour") if hours < DAYS_FROM else _several(factor(hours / 24), "day")


def _several(number: str, one: str) -> str:
    """The noun by the number that is printed: what reads as 1 is one."""
    return f"{number} {one}" if number == "1" else f"{number} {one}s"
