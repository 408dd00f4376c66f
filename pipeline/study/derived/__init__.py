"""Columns that a law reads and no run has: from another metric of the same run, by a named rule, or as the study declares.

A column is looked for where it lives: among the columns of runs and of measurements, among a run's tags, among the other metrics
of the run at the same point, and last among the rules. `[derive]` of a study comes before all of them.
"""

from pipeline.study.derived.columns import AT_END, check_derive, derived_names, other_metrics, with_derived
from pipeline.study.derived.rules import DROP, DROPS, needs_in_words

__all__ = ["AT_END", "DROP", "DROPS", "check_derive", "derived_names", "needs_in_words", "other_metrics", "with_derived"]
