"""Error falls as a power of the training set, and the best model grows sublinearly with it (Hestness et al. 2017).

The regions around the power (a guess before it, a floor after it) are those of broken_power_law_in_data.
"""

from pipeline.laws.law import Law, Objective, Parameter, Published, run_column, symbols

D = run_column("data_seen")
_curve = (
    Parameter("E", start=(0.01, 0.99), meaning="error that one model size keeps; 0 of the best size at each amount of data"),
    Parameter("A", start=(0.5, 100.0), meaning="coefficient", unit="error at one sample"),
    Parameter("alpha", start=(0.05, 0.6), meaning="exponent"),
)
floor, scale, fall = symbols(*_curve)

learning_curve = Law(
    name="learning_curve",
    formula=floor + scale / D**fall,
    parameters=_curve,
    columns=("data_seen",),
    response="error",
    response_unit="token error",
    linear=("E", "A"),
    question="How far does the error fall with more data, and where does one model size stop?",
    source="Hestness et al. 2017, arXiv:1712.00409",
    published=(
        Published(
            "neural machine translation, LSTM with 208 hidden units, token error",
            {"E": 0.39, "A": 41.2, "alpha": 0.36},
            reference="Hestness et al. 2017, figure 1: learning curve of one model size",
        ),
        Published(
            "neural machine translation, LSTM with 512 hidden units, token error",
            {"E": 0.32, "A": 21.5, "alpha": 0.30},
            reference="Hestness et al. 2017, figure 1: learning curve of one model size",
        ),
        Published(
            "neural machine translation, best size at each amount of data, token error",
            {"E": 0.0, "A": 3.87, "alpha": 0.13},
            reference="Hestness et al. 2017, figure 1: composite of the best models",
        ),
    ),
    example={"data_seen": 2.0**23, "E": 0.39, "A": 41.2, "alpha": 0.36},
    avoid="Small data, below the power-law region; across model sizes: the floor of one size is its capacity, not the noise.",
    valid_range={"data_seen": (2.0**19, 2.0**27)},
    variant_of="power_law",
)

m = run_column("data_unique")
parameters = (
    Parameter("coefficient", start=(0.1, 1e4), meaning="parameters at one datum", unit="parameters"),
    Parameter("growth", start=(0.4, 1.0), meaning="exponent, below 1: sublinear"),
)
coefficient, growth = symbols(*parameters)

hestness_params = Law(
    name="hestness_params",
    formula=coefficient * m**growth,
    parameters=parameters,
    columns=("data_unique",),
    response="params",
    response_unit="parameters",
    linear=("coefficient",),
    objective=Objective(loss="l2"),
    question="How large is the best model for a training set of this size?",
    source="Hestness et al. 2017, arXiv:1712.00409 (exponents between .5 and 1)",
    example={"data_unique": 1e8, "coefficient": 10.0, "growth": 0.7},
    avoid="Sizes found under a compute limit: here every size is trained to convergence.",
)
