"""[plan] loss is a value of the study's metric, whatever that may be."""

import pytest
from planning_cases import fit_of, study_of
from relation_cases import case_of

from pipeline.errors import PlanError
from pipeline.planning.budgets import declared
from pipeline.planning.setting import Setting


def target(metric: str, value: float) -> object:
    case = case_of("chinchilla")
    return declared(Setting(fit_of(case.law, case.values), study_of(metric, loss=[value]), case.runs), "loss")


def test_a_metric_that_may_be_negative_has_negative_targets() -> None:
    assert list(target("loss_unigram", -4.0)) == [-4.0]  # type: ignore[call-overload]  # an array


def test_a_loss_has_none() -> None:
    with pytest.raises(PlanError, match=r"\[plan\] loss: \[-4.0\] must be positive and finite; correct the list"):
        target("loss", -4.0)
