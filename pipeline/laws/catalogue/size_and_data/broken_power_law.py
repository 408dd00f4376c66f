"""Powers that change their exponent smoothly at breaks (Caballero et al. 2023, broken neural scaling laws)."""

import sympy as sp

from pipeline.laws.law import Law, Parameter, Worked, run_column

COMPUTE, DATA = run_column("flops"), run_column("data_seen")


def _parameters(breaks: int, along: str = "flops", unit: str = "FLOP") -> tuple[Parameter, ...]:
    shared = (
        Parameter("E", start=(0.01, 2.0), meaning="value without a limit"),
        Parameter("amplitude", start=(0.1, 1e6), meaning="coefficient of the first power"),
        Parameter("slope", start=(0.01, 0.5), meaning="exponent before the first break"),
    )
    each = tuple(
        parameter
        for i in range(1, breaks + 1)
        for parameter in (
            _place(i, along, unit),
            Parameter(f"change_{i}", domain="real", start=(-0.5, 0.5), meaning=f"change of the exponent at break {i}"),
            Parameter(f"width_{i}", start=(0.05, 2.0), bounds=(0.02, 5.0), meaning=f"sharpness of break {i}: small is sharp"),
        )
    )
    return shared + each


def _place(i: int, along: str, unit: str) -> Parameter:
    """The first break by its place, the others by their distance from the one before, so that breaks cannot change places."""
    if i == 1:
        return Parameter("break_1", start=(0.1, 0.9), along=along, meaning="where the first break is", unit=unit)
    return Parameter(f"spacing_{i}", start=(1.0, 1e4), meaning=f"break {i} is at 1 + this times the one before")


def _formula(breaks: int, x: sp.Symbol = COMPUTE) -> sp.Expr:
    symbol = {p.name: p.symbol for p in _parameters(breaks)}
    bend, place = sp.Integer(1), symbol["break_1"]
    for i in range(1, breaks + 1):
        width = symbol[f"width_{i}"]
        place = place if i == 1 else place * (1 + symbol[f"spacing_{i}"])
        bend *= (1 + (x / place) ** (1 / width)) ** (-symbol[f"change_{i}"] * width)
    return symbol["E"] + symbol["amplitude"] * x ** -symbol["slope"] * bend


_break = {"break_1": 1e19, "change_1": 0.2, "width_1": 0.5}
_start = {"flops": 1e20, "E": 0.5, "amplitude": 100.0, "slope": 0.1}
_avoid = "Breaks beyond the data, and fewer than about five points a break: a break that was not seen cannot be forecast."

broken_power_law = Law(
    name="broken_power_law",
    formula=_formula(1),
    parameters=_parameters(1),
    columns=("flops",),
    response="loss",
    linear=("E", "amplitude"),
    question="Does the curve change its slope, and where?",
    source="Caballero et al. 2023, arXiv:2210.14891",
    example=_start | _break,
    avoid=_avoid,
)
broken_power_law_two = Law(
    name="broken_power_law_two",
    formula=_formula(2),
    parameters=_parameters(2),
    columns=("flops",),
    response="loss",
    linear=("E", "amplitude"),
    question="Does the curve change its slope twice: guess, power, floor?",
    source="Caballero et al. 2023, arXiv:2210.14891",
    example=_start | _break | {"spacing_2": 999.0, "change_2": -0.1, "width_2": 0.3},
    avoid=_avoid,
    variant_of="broken_power_law",
)

_of_data, _samples = "data_seen", "data_unit"
_start_data = {"data_seen": 1e7, "E": 0.3, "amplitude": 10.0, "slope": 0.05, "break_1": 1e6, "change_1": 0.2, "width_1": 0.5}

broken_power_law_in_data = Law(
    name="broken_power_law_in_data",
    formula=_formula(1, DATA),
    parameters=_parameters(1, _of_data, _samples),
    columns=("data_seen",),
    response="metric",
    response_unit="of the metric",
    linear=("E", "amplitude"),
    question="From how much data on does the curve leave guessing, or reach its floor?",
    source="Caballero et al. 2023, arXiv:2210.14891; regions of data of Hestness et al. 2017, arXiv:1712.00409",
    example=_start_data,
    worked=(
        Worked(
            "at the break itself the steeper power has begun by half",
            {"data_seen": 4.0, "E": 0.25, "amplitude": 6.0, "slope": 0.5, "break_1": 4.0, "change_1": 1.0, "width_1": 1.0},
            1.75,
        ),
    ),
    avoid=_avoid,
    variant_of="broken_power_law",
)
