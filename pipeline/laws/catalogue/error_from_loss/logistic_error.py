"""A benchmark's error is a logistic in the loss: at chance while the loss is high, then falling, then levelling off.

With a floor that stays it is Bhagia et al. 2024, step two, turned over; without one the benchmark is solved in the end. Runs that
end before the bend cannot tell the two from each other, nor from the exponential of gadre_error: the three are rivals.

Steepness is counted in the midpoint's loss, whatever its unit (the paper's k times L0), and bounded: a step just below the runs,
such as noise of a flat benchmark draws, is no form that has been seen.
"""

import sympy as sp

from pipeline.laws.law import Law, Objective, Parameter, Worked, run_column, symbols

L = run_column("loss")
_fit = Objective(space="linear", loss="l2")
_bend = (
    Parameter("fall", start=(0.3, 1.0), meaning="error above its floor at a high loss, where it is that of chance"),
    Parameter("steepness", start=(2.0, 15.0), bounds=(0.2, 25.0), meaning="logits that the midpoint's loss would be worth"),
    Parameter("midpoint", start=(-0.7, 1.0), along="loss", meaning="loss at half of the fall"),
)
_floor = Parameter("floor", start=(0.01, 0.5), meaning="error that no loss takes away")
fall, steepness, midpoint = symbols(*_bend)


def falling(loss: sp.Expr) -> sp.Expr:
    """The error above its floor at a loss."""
    return fall / (1 + sp.exp(steepness * (1 - loss / midpoint)))


_at = {"loss": 2.5, "fall": 0.8, "steepness": 7.5, "midpoint": 2.5}

logistic_error = Law(
    name="logistic_error",
    formula=falling(L),
    parameters=_bend,
    columns=("loss",),
    response="error",
    response_unit="fraction",
    linear=("fall",),
    objective=_fit,
    question="What error does a run of this loss have on a benchmark that can be solved?",
    source="own form: Bhagia et al. 2024, arXiv:2412.04403, step two, without a floor",
    example={**_at, "loss": 2.2},
    worked=(Worked("half of the fall at the midpoint", _at, 0.4),),
    avoid="Losses of another text than the fit's; scores that turn as the loss falls.",
    assumes="An error that falls to nothing, fastest at one loss.",
)
floored_logistic_error = Law(
    name="floored_logistic_error",
    formula=_floor.symbol + falling(L),
    parameters=(_floor, *_bend),
    columns=("loss",),
    response="error",
    response_unit="fraction",
    linear=("floor", "fall"),
    objective=_fit,
    question="What error does a run of this loss have on a benchmark of which a part is never solved?",
    source="Bhagia et al. 2024, arXiv:2412.04403, step two, of the error",
    example={**_at, "loss": 2.2, "floor": 0.15, "fall": 0.6},
    worked=(Worked("the floor and half of the fall at the midpoint", {**_at, "floor": 0.1, "fall": 0.6}, 0.4),),
    avoid="Runs that end before the error bends: its floor is then not determined.",
    assumes="An error that falls to a floor, fastest at one loss.",
    variant_of="logistic_error",
)
