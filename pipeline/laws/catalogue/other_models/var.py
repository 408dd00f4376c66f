"""Visual autoregressive models: loss and token error as pure powers of size and compute, size from depth (Tian et al. 2024).

N in 1e9 parameters and C in PFLOP inside the powers: the only units in which the published constants agree with each other.
"""

from pipeline.laws.law import Law, Objective, Parameter, Published, run_column, symbols

N, C, depth = run_column("params") / 1e9, run_column("flops") / 1e15, run_column("layers")
parameters = (
    Parameter("coefficient", start=(1e-6, 1e3), meaning="scale inside the power"),
    Parameter("alpha", start=(0.01, 0.5), meaning="exponent"),
)
coefficient, alpha = symbols(*parameters)
_source = "Tian et al. 2024, arXiv:2404.02905"
_avoid = "Absolute losses: their normalisation is not stated, use slopes. There is no irreducible term."

var_size = Law(
    name="var_size",
    formula=(coefficient * N) ** -alpha,
    parameters=parameters,
    columns=("params",),
    response="loss",
    response_unit="as reported",
    question="How does an image model's loss fall with size?",
    source=_source,
    published=(
        Published("loss, last scale", {"coefficient": 2.0, "alpha": 0.23}),
        Published("loss, all scales", {"coefficient": 2.5, "alpha": 0.20}),
        Published("token error, last scale", {"coefficient": 4.9e2, "alpha": 0.016}),
    ),
    example={"params": 1.9907e9, "coefficient": 2.0, "alpha": 0.23},
    avoid=_avoid,
    valid_range={"params": (1.8e7, 2e9)},
)
var_compute = Law(
    name="var_compute",
    formula=(coefficient * C) ** -alpha,
    parameters=parameters,
    columns=("flops",),
    response="loss",
    response_unit="as reported",
    question="How does an image model's loss fall with compute?",
    source=_source,
    published=(
        Published("loss, last scale", {"coefficient": 2.2e-5, "alpha": 0.13}),
        Published("loss, all scales", {"coefficient": 1.5e-5, "alpha": 0.16}),
    ),
    example={"flops": 5.24e20, "coefficient": 2.2e-5, "alpha": 0.13},
    avoid=_avoid,
)

_depth = Parameter("shape", start=(1e4, 1e6), meaning="parameters at depth 1: 12 widths squared a layer, width 64 a layer")
var_depth = Law(
    name="var_depth",
    formula=_depth.symbol * depth**3,
    parameters=(_depth,),
    columns=("layers",),
    response="params",
    response_unit="parameters",
    linear=("shape",),
    objective=Objective(loss="l2"),
    question="How many parameters has a model of this depth when its width grows with depth?",
    source=_source,
    published=(Published("width 64 d", {"shape": 73728.0}),),
    example={"layers": 30, "shape": 73728.0},
    avoid="Shapes whose width does not grow in proportion to depth.",
)
