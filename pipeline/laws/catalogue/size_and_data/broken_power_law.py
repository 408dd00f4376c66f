"""Powers that change their exponent smoothly at breaks (Caballero et al. 2023, broken neural scaling laws)."""

import sympy as sp

from pipeline.laws.law import Law, Parameter, run_column

x = run_column("flops")


def _parameters(breaks: int) -> tuple[Parameter, ...]:
    shared = (
        Parameter("E", start=(0.01, 2.0), meaning="value at infinite compute"),
        Parameter("amplitude", start=(0.1, 1e6), meaning="coefficient of the first power"),
        Parameter("slope", start=(0.01, 0.5), meaning="exponent before the first break"),
    )
    each = tuple(
        parameter
        for i in range(1, breaks + 1)
        for parameter in (
            _place(i),
            Parameter(f"change_{i}", domain="real", start=(-0.5, 0.5), meaning=f"change of the exponent at break {i}"),
            Parameter(f"width_{i}", start=(0.05, 2.0), meaning=f"sharpness of break {i}: small is sharp"),
        )
    )
    return shared + each


def _place(i: int) -> Parameter:
    """The first break by its compute, the others by their distance from the one before, so that breaks cannot change places."""
    if i == 1:
        return Parameter("break_1", start=(0.1, 0.9), along="flops", meaning="where the first break is", unit="FLOP")
    return Parameter(f"spacing_{i}", start=(1.0, 1e4), meaning=f"break {i} is at 1 + this times the one before")


def _formula(breaks: int) -> sp.Expr:
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
