"""Best size and data of diffusion transformers for images and video (Kong et al. 2024, HunyuanVideo).

Counts here; the report has billions, and compute in PFLOP. 6 N D is within 2 % (image) and 8 % (video) of C: the unit test.
"""

from pipeline.laws.law import Law, Objective, Parameter, Published, run_column, symbols

C = run_column("flops") / 1e15
parameters = (
    Parameter("coefficient", start=(1e-5, 1.0), meaning="billions at one PFLOP"),
    Parameter("exponent", start=(0.2, 0.8), meaning="exponent of compute"),
)
coefficient, exponent = symbols(*parameters)
VALUES = {"image, 256 px": ((5.48e-4, 0.5634), (0.324, 0.4325)), "video, 256 px": ((0.0189, 0.3618), (0.0108, 0.6289))}
_range = {"flops": (1e19, 1e23)}


def _law(name: str, which: int, response: str, unit: str, question: str) -> Law:
    published = tuple(
        Published(setting, {"coefficient": row[which][0], "exponent": row[which][1]}, reference="technical report")
        for setting, row in VALUES.items()
    )
    coefficient_here, exponent_here = VALUES["image, 256 px"][which]
    return Law(
        name=name,
        formula=coefficient * C**exponent * 1e9,
        parameters=parameters,
        columns=("flops",),
        response=response,
        response_unit=unit,
        linear=("coefficient",),
        objective=Objective(loss="l2"),
        question=question,
        source="Kong et al. 2024, arXiv:2412.03603",
        published=published,
        example={"flops": 1e21} | {"coefficient": coefficient_here, "exponent": exponent_here},
        avoid="Other patch sizes or autoencoders (a token is a latent patch); video budgets leave out the image phase.",
        valid_range=_range,
    )


video_best_size = _law(
    "video_best_size", 0, "params", "parameters", "How large a diffusion transformer does this compute train best?"
)
video_best_data = _law("video_best_data", 1, "data_seen", "tokens", "On how many latent tokens should it train?")
