"""Asset checks: pipeline/operations/findings.py finds, these show. Only an error blocks what is downstream."""

import dagster as dg

from assets.resources import Lawbook
from assets.runs import study
from pipeline.operations import findings
from pipeline.operations.findings import Problem

SEVERITY = {"warn": dg.AssetCheckSeverity.WARN, "error": dg.AssetCheckSeverity.ERROR}


def _result(found: list[Problem]) -> dg.AssetCheckResult:
    worst = "error" if any(finding.severity == "error" for finding in found) else "warn"
    words = "\n".join(f"- {finding.message}" for finding in found)
    return dg.AssetCheckResult(
        passed=not found,
        severity=SEVERITY[worst],
        metadata={"findings": dg.MetadataValue.md(words or "none"), "count": len(found)},
    )


@dg.asset_check(asset="ingest", blocking=True)
def finite_values(lawbook: Lawbook) -> dg.AssetCheckResult:
    """Every stored value is finite, and every loss positive."""
    return _result(findings.impossible_values(lawbook.open()))


@dg.asset_check(asset="ingest")
def declarations(lawbook: Lawbook) -> dg.AssetCheckResult:
    """Every file of laws, maps and studies is valid; each one that is not is named with all its errors and their fixes."""
    return _result(findings.broken_declarations(lawbook.open()))


@dg.asset_check(asset="fits")
def grades(lawbook: Lawbook) -> dg.AssetCheckResult:
    """Every study has a fit that may be used; weak ones and refusals are named with their fix."""
    return _result(findings.poor_grades(lawbook.open()))


@dg.asset_check(asset="fits", partitions_def=study)
def study_is_fitted(context: dg.AssetCheckExecutionContext, lawbook: Lawbook) -> dg.AssetCheckResult:
    """This study has a fit that may be used; red with the failure in words and its fix where it has none."""
    return _result([p for name in context.partition_keys for p in findings.unfitted(lawbook.open(), name)])


@dg.asset_check(asset="forecasts")
def alarms(lawbook: Lawbook) -> dg.AssetCheckResult:
    """Forecasts are calibrated, no run surprises, residuals do not drift."""
    return _result(findings.alarms(lawbook.open()))


@dg.asset_check(asset="plans")
def influential_runs(lawbook: Lawbook) -> dg.AssetCheckResult:
    """No run is impossible if the others are right, and no plan leaves its interval without one run."""
    return _result(findings.impossible_runs(lawbook.open()))


@dg.asset_check(asset="plans", blocking=True)
def monotone(lawbook: Lawbook) -> dg.AssetCheckResult:
    """More compute never raises the loss of a compute-optimal plan."""
    return _result(findings.not_monotone(lawbook.open()))


@dg.asset_check(asset="plans")
def approaches_agree(lawbook: Lawbook) -> dg.AssetCheckResult:
    """The compute-optimal size by training-curve envelope, isoFLOP profiles and parametric fit lies in intervals that meet."""
    return _result(findings.disagreeing_approaches(lawbook.open()))


@dg.asset_check(asset="plans")
def moved(lawbook: Lawbook) -> dg.AssetCheckResult:
    """No plan cell has moved by more than its interval."""
    return _result(findings.moved_cells(lawbook.open()))


@dg.asset_check(asset="published")
def opens(lawbook: Lawbook) -> dg.AssetCheckResult:
    """The published file opens, and every example of the law book runs on it."""
    return _result(findings.broken_publication(lawbook.open()))


@dg.asset_check(asset="audit")
def found_again(lawbook: Lawbook) -> dg.AssetCheckResult:
    """The last audit found every current fit and every selected law again from scratch."""
    return _result(findings.audit_findings(lawbook.open()))


CHECKS = [
    finite_values,
    declarations,
    grades,
    study_is_fitted,
    alarms,
    found_again,
    monotone,
    influential_runs,
    approaches_agree,
    moved,
    opens,
]
