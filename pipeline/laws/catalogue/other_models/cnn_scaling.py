"""How width, depth and resolution scale a convolutional network, and what its runtime follows (Dollar et al. 2021).

alpha is width's share of the growth of FLOPs: 0 depth and resolution only, 1/3 uniform compound, .8 the paper's, 1 width only.
The circulated abstract lost a square root: activations grow as the square root of FLOPs for pure width.
"""

from pipeline.laws.law import Law, Objective, Parameter, Published, run_column

C, activations = run_column("flops_forward"), run_column("activations")
width_share = Parameter("width_share", domain="real", start=(0.0, 1.0), meaning="share of the growth that goes to width (alpha)")
_settings = {"depth and resolution": 0.0, "uniform compound": 1 / 3, "fast (dWr)": 0.8, "width": 1.0}
_source = "Dollar et al. 2021, arXiv:2103.06877"


def _law(name: str, response: str, exponent: object, question: str) -> Law:
    base = Parameter("base", start=(1e5, 1e9), meaning=f"{response} of the base network")
    return Law(
        name=name,
        formula=base.symbol * C**exponent,
        parameters=(base, width_share),
        columns=("flops_forward",),
        response=response,
        response_unit="count",
        linear=("base",),
        objective=Objective(loss="l2"),
        question=question,
        source=_source,
        published=tuple(Published(setting, {"width_share": value}) for setting, value in _settings.items()),
        example={"flops_forward": 4.0, "base": 1.0, "width_share": 0.8},
        avoid="Networks whose channels or resolution were rounded; grouped or depthwise convolutions of changing width.",
    )


cnn_activations = _law(
    "cnn_activations",
    "activations",
    1 - width_share.symbol / 2,
    "How does memory traffic grow when a network is scaled this way?",
)
cnn_params = _law(
    "cnn_params", "params", (1 + width_share.symbol) / 2, "How do parameters grow when a network is scaled this way?"
)

_time = (
    Parameter("overhead", domain="real", start=(0.0, 10.0), meaning="time at no activations", unit="s"),
    Parameter("per_activation", start=(1e-9, 1e-3), meaning="time an activation", unit="s"),
)
cnn_runtime = Law(
    name="cnn_runtime",
    formula=_time[0].symbol + _time[1].symbol * activations,
    parameters=_time,
    columns=("activations",),
    response="epoch_time",
    response_unit="s",
    linear=("overhead", "per_activation"),
    objective=Objective(space="linear", loss="l2"),
    question="How long does an epoch take? Runtime follows activations, not FLOPs.",
    source=_source,
    example={"activations": 1e7, "overhead": 1.0, "per_activation": 1e-6},
    avoid="Compute-bound hardware and large dense matrix products.",
)
