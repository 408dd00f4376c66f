"""A metric along any one axis that a study declares: trainable parameters, experts, denoising steps, hours, bits, latency.

    derive = { axis = "trainable_params" }

For methods whose papers print points and no equation: tuning, merging, distillation, compression, families of one recipe. Two
of them are compared along the axis, and the least amount that reaches a target is asked of one.
"""

from pipeline.laws.law import Law, Objective, Parameter, Worked, run_column, symbols

x = run_column("axis")
parameters = (
    Parameter("E", start=(0.01, 0.99), meaning="value without a limit of the amount", unit="of the metric"),
    Parameter("A", start=(0.05, 100.0), meaning="coefficient", unit="of the metric at an amount of one"),
    Parameter("alpha", start=(0.05, 1.0), meaning="exponent"),
)
E, A, alpha = symbols(*parameters)
_about = {
    "parameters": parameters,
    "columns": ("axis",),
    "response": "metric",
    "response_unit": "of the metric",
    "linear": ("E", "A"),
    "source": "own form: a power to a floor or a ceiling, as Hestness et al. 2017, arXiv:1712.00409, along the axis of the study",
    "avoid": "Amounts beyond those that were measured; metrics that turn along the axis: plan_benchmarks tells a U.",
}
_at = {"axis": 1e4, "E": 0.5, "A": 10.0, "alpha": 0.5}

falls_along_axis = Law(
    name="falls_along_axis",
    formula=E + A / x**alpha,
    objective=Objective("log", "l2"),
    question="How far does the metric fall with more of this, and how much reaches a target?",
    example=_at,
    worked=(Worked("a root", _at, 0.6),),
    variant_of="power_law",
    **_about,  # type: ignore[arg-type]  # one text for both
)
rises_along_axis = Law(
    name="rises_along_axis",
    formula=E - A / x**alpha,
    objective=Objective(space="linear", loss="l2"),
    question="How far does the score rise with more of this, and how much reaches a target?",
    example=_at,
    worked=(Worked("a root", _at, 0.4),),
    variant_of="power_law",
    **_about,  # type: ignore[arg-type]  # one text for both
)
