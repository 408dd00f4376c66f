"""Lawbook in Dagster: composes, and nothing else. `make dev` serves it on 127.0.0.1:3000."""

import dagster as dg

from assets.automation import automation, dropped_files, ingest_job, nightly, nightly_job
from assets.checks import CHECKS
from assets.fits import fits, parameters
from assets.forecasts import forecasts
from assets.law_families import LAW_FAMILIES
from assets.plans import plans
from assets.publish import audit, published
from assets.resources import Lawbook
from assets.runs import ingest, observations
from assets.tables import PLANNING_TABLES

defs = dg.Definitions(
    assets=[ingest, observations, fits, parameters, forecasts, plans, published, audit, *LAW_FAMILIES, *PLANNING_TABLES],
    asset_checks=CHECKS,
    jobs=[ingest_job, nightly_job],
    sensors=[dropped_files, automation],
    schedules=[nightly],
    resources={"lawbook": Lawbook()},
    executor=dg.in_process_executor,  # a step is milliseconds; heavy work goes through the map of config.toml
)
