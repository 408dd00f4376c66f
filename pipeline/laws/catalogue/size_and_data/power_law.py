"""Loss falls as a power of data to an irreducible floor: the form of most single-axis scaling laws (Hestness et al. 2017)."""

from pipeline.laws.law import Law, Parameter, Worked, run_column, symbols

D = run_column("data_seen")
parameters = (
    Parameter("E", start=(0.01, 0.99), meaning="irreducible loss", unit="of the response"),
    Parameter("A", meaning="coefficient", unit="of the response at one sample"),
    Parameter("alpha", start=(0.05, 1.0), meaning="exponent"),
)
E, A, alpha = symbols(*parameters)

power_law = Law(
    name="power_law",
    formula=E + A / D**alpha,
    parameters=parameters,
    columns=("data_seen",),
    response="loss",
    linear=("E", "A"),
    question="How far does the loss fall with more data, and where does it stop?",
    source="Hestness et al. 2017, arXiv:1712.00409",
    example={"data_seen": 2.0**23, "E": 0.39, "A": 41.2, "alpha": 0.36},
    worked=(Worked("a root of 16", {"data_seen": 16.0, "E": 0.5, "A": 8.0, "alpha": 0.5}, 2.5),),
    avoid="Small data, below the power-law region; across model sizes: the floor of one size is its capacity, not the noise.",
)
