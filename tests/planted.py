"""A current fit that is none of the best: what a refit would leave whose search had ended in a worse place."""

from dataclasses import replace

from pipeline.fitting import fit
from pipeline.home import Home
from pipeline.store.fit_rows import parameter_rows
from pipeline.store.fit_state import dump_fit
from pipeline.store.store import current_fits
from pipeline.store.warehouse import Warehouse, insert_frame
from pipeline.study.observations import observations
from pipeline.study.studies import load_studies


def plant_worse_optimum(home: Home, name: str, **fix: float) -> str:
    """Puts the best fit under a constraint in the place of a study's current one, as if it were free; returns its fit_id."""
    study = next(study for study in load_studies(home)[0] if study.study == name)
    with Warehouse(home) as warehouse:
        connection = warehouse.connection
        (stored,) = current_fits(connection, name)
        frame, options = observations(connection, study), {"draws": study.draws, "objective": study.objective_for(stored.law)}
        worse = replace(fit(stored.law, frame, fix=fix, **options), fit_id=stored.fit.fit_id, fixed={})
        assert worse.objective_value > 1.01 * stored.fit.objective_value
        place = {"id": worse.fit_id}
        connection.execute("UPDATE fit_states SET state = $state WHERE fit_id = $id", {**place, "state": dump_fit(worse)})
        connection.execute("UPDATE fits SET objective_value = $v WHERE fit_id = $id", {**place, "v": worse.objective_value})
        connection.execute("DELETE FROM fit_parameters WHERE fit_id = $id", place)
        insert_frame(connection, "fit_parameters", parameter_rows(worse))
        connection.execute("UPDATE studies SET plan_key = NULL WHERE study = $study", {"study": name})
        connection.execute("DELETE FROM publications")  # the planted fit has the identity of the one that was published
    return worse.fit_id
