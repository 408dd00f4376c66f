"""What each study expects of its laws' own errors, as the last audit that moved it has stored it."""

from collections.abc import Mapping
from dataclasses import astuple

import duckdb

from pipeline.fitting import MisfitPrior
from pipeline.store.short_hash import short_hash
from pipeline.store.statements import sql


def current_priors(connection: duckdb.DuckDBPyConnection) -> Mapping[str, Mapping[str, MisfitPrior]]:
    """By study and law the priors that hold; a law that is not there has `FIXED`."""
    found: dict[str, dict[str, MisfitPrior]] = {}
    for study, law, *numbers in connection.execute(sql("select_misfit_priors")).fetchall():
        found.setdefault(study, {})[law] = MisfitPrior(*numbers)
    return found


def prior_version(prior: MisfitPrior) -> str:
    """Hash of its numbers: what a refit key holds of it."""
    return short_hash(*astuple(prior))
