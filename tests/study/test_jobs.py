"""What became of a job that could not be fitted: the reason, and the fix as the error gave it."""

from pathlib import Path

import polars as pl

from pipeline.laws import laws
from pipeline.study.jobs import Job, run_job


def test_a_law_that_cannot_be_fitted_leaves_its_reason_and_its_fix() -> None:
    law = laws["chinchilla"]
    runs = pl.DataFrame({"run_key": ["a", "b"], "data_seen": [1e9, 2e9], "value": [3.0, 2.9]})
    result = run_job(Job(law.name, "", runs, (), 0, 0, law.objective, {}, {}, Path("nowhere")))
    assert (result.fit, result.grade) == (None, "refused")
    assert "`params`" in result.reason
    assert result.fix
    assert result.reason.endswith(f"; {result.fix}")
