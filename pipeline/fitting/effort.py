"""How much a fit spends on its search, its draws and their calibration."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Effort:
    """The counts that cost time.

    starts: random ones where there is no warm start, audit: beside a warm one. longest: steps of the search, at most; glance: of
    an audit's starts, unless they promise a better end. tile: draws solved together, at most. minima: close ones from which each
    draw starts. sweeps: simulated ones that calibrate the draws. spare: further minima from which held-out fits start; with -1
    nothing is held out, and the fit knows no error of its law. hopeless: whether a fit to no more observations than free
    parameters is made.
    """

    starts: int = 64
    audit: int = 8
    longest: int = 250
    glance: int = 15
    tile: int = 4096
    minima: int = 4
    sweeps: int = 128
    spare: int = 2
    hopeless: bool = True


FULL = Effort()
"""A fit that plans stand on."""
REPLAY = Effort(starts=32, audit=6, longest=100, tile=100, minima=2, sweeps=64, spare=0, hopeless=False)
"""A fit of a backtest: its forecasts are scored by the dozen, so that a rare worse optimum shows in a score and in no plan."""
