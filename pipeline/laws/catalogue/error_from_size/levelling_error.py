"""An error of size and data that levels off at chance, and at what no size and no data take away.

Both ends are free. u = (half_size/N)^alpha + (half_data/D)^beta says how far a run is from either limit: far from chance u is
small and both laws are chinchilla's form, E + span·u. That form itself competes too, for runs that never were near chance.
"""

from typing import Any

import sympy as sp

from pipeline.laws.catalogue.size_and_data.chinchilla import chinchilla
from pipeline.laws.law import Law, Objective, Parameter, Worked, run_column, symbols

N, D = run_column("params"), run_column("data_seen")
parameters = (
    Parameter("E", start=(0.02, 0.9), meaning="error that no size and no data take away", unit="fraction"),
    Parameter("span", start=(0.1, 0.9), meaning="error of chance above that", unit="fraction"),
    Parameter("half_size", start=(-0.3, 1.3), along="params", meaning="size at which u is 1 without a limit of the data"),
    Parameter("half_data", start=(-0.3, 1.3), along="data_seen", meaning="data at which u is 1 without a limit of the size"),
    Parameter("alpha", start=(0.1, 1.0), bounds=(0.01, 5.0), meaning="exponent of size"),
    Parameter("beta", start=(0.1, 1.0), bounds=(0.01, 5.0), meaning="exponent of data"),
)
E, span, half_size, half_data, alpha, beta = symbols(*parameters)
u = (half_size / N) ** alpha + (half_data / D) ** beta
_at = {"E": 0.1, "span": 0.6, "half_size": 1e8, "half_data": 4e9, "alpha": 0.5, "beta": 0.5}
_powers = {"A": 1e3, "B": 1e4, "E": 0.1, "alpha": 0.5, "beta": 0.5}
_one = {"params": 4e8, "data_seen": 1.6e10, **_at}
_about: dict[str, Any] = {
    "parameters": parameters,
    "columns": ("params", "data_seen"),
    "response": "error",
    "response_unit": "fraction",
    "linear": ("E", "span"),
    "objective": Objective(space="linear", loss="l2"),
    "example": {"params": 1e9, "data_seen": 2e10, **_at},
    "avoid": "Runs that are all at chance, or all far from it: one end is then not determined. A loss beside it is better.",
}

additive_error_of_size = Law(
    name="additive_error_of_size",
    formula=chinchilla.formula,
    parameters=(parameters[0], *chinchilla.parameters[1:]),
    columns=chinchilla.columns,
    response="error",
    response_unit="fraction",
    linear=chinchilla.linear,
    objective=Objective(space="linear", loss="l2"),
    question="Which error does a run of this size and data reach on a benchmark, far from chance?",
    source="Hoffmann et al. 2022, arXiv:2203.15556, of an error",
    example={"params": 1e9, "data_seen": 2e10, **_powers},
    worked=(Worked("two roots", {"params": 1e8, "data_seen": 1e10, **_powers}, 0.3),),
    avoid="Runs near chance: their error cannot rise above it.",
    assumes="An error that size and data take away apart, as of a loss: it knows no level of chance.",
    variant_of="chinchilla",
)
logistic_error_of_size = Law(
    name="logistic_error_of_size",
    formula=E + span * u / (1 + u),
    question="Which error does a run of this size and data reach on a benchmark, if half of its span goes where u is one?",
    source="own form: Ruan et al. 2024, arXiv:2405.10938 (a logistic), in the terms of Hoffmann et al. 2022, arXiv:2203.15556",
    worked=(Worked("half of the span where both terms are a half", _one, 0.4),),
    assumes="An error from chance to a floor; its odds add what size and what data leave.",
    **_about,
)
capped_error_of_size = Law(
    name="capped_error_of_size",
    formula=E + span * (1 - sp.exp(-u)),
    question="Which error does a run of this size and data reach on a benchmark, if powers of both are capped by chance?",
    source="own form: Hoffmann et al. 2022, arXiv:2203.15556, that a level of chance caps",
    worked=(Worked("all of the span but one in e where both terms are a half", _one, 0.47927233529713464),),
    assumes="An error from chance to a floor; size and data add as in a loss, and chance is left late and fast.",
    **_about,
)
