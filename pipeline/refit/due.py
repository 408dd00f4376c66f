"""What is due, of all studies in three looks at the store: asking study by study takes seconds where there are hundreds."""

from itertools import groupby

import duckdb

from pipeline.laws import laws
from pipeline.refit.keys import forecast_key, plan_key, refit_key
from pipeline.store.misfit_priors import current_priors
from pipeline.store.statements import sql
from pipeline.store.store import MADE_OF, Place
from pipeline.study.declaration import Study


class Due:
    """The keys that the studies were last fitted, forecast and planned with, and where their current fits stand, as of now.

    A stage holds the same key against what is stored once more before it works: this only spares the studies that are not due.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        keys = connection.execute(sql("select_keys")).fetchall()
        places = connection.execute(sql("select_places")).fetchall()
        self.priors = current_priors(connection)
        self.keys = {study: tuple(rest) for study, *rest in keys}
        self.places = {study: [Place(*row[1:]) for row in rows] for study, rows in groupby(places, key=lambda row: row[0])}

    def fit(self, study: Study, fitted_digest: str) -> bool:
        """Whether its rows, laws, declaration, priors or the code are others than those of its last fit, or that fit failed."""
        refitted_with, _, _, failure = self.keys.get(study.study, (None,) * 4)
        return failure is not None or refitted_with != refit_key(study, fitted_digest, self.priors.get(study.study, {}))

    def after_fit(self, study: Study, digests: tuple[str, str]) -> bool:
        """Whether its forecasts or plans were made from other fits or other runs than those of now."""
        _, forecast_with, planned_with, _ = self.keys.get(study.study, (None,) * 4)
        places = [place for place in self.places.get(study.study, []) if place.law in laws or place.law in MADE_OF]
        return bool(
            forecast_with != forecast_key(study, places, digests[1], digests[0]) or planned_with != plan_key(study, places)
        )
