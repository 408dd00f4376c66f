"""A text-to-image score as a power of one scale: size, compute or data (Li et al. 2024, scalability of diffusion models).

The paper announces such functions of the TIFA score; its coefficients are not in a source at hand, so the law has no constants.
"""

from pipeline.laws.law import Law, Objective, Parameter, Worked, run_column, symbols

C = run_column("flops")
parameters = (
    Parameter("coefficient", start=(1e-3, 1.0), meaning="score at one FLOP"),
    Parameter("rise", domain="real", start=(0.0, 0.2), meaning="exponent of compute"),
)
coefficient, rise = symbols(*parameters)

image_score = Law(
    name="image_score",
    formula=coefficient * C**rise,
    parameters=parameters,
    columns=("flops",),
    response="score",
    response_unit="fraction",
    linear=("coefficient",),
    objective=Objective(loss="l2"),
    question="Which alignment score does a text-to-image model of this compute reach?",
    source="Li et al. 2024, arXiv:2404.02883 (power laws announced; coefficients not at hand)",
    example={"flops": 1e21, "coefficient": 0.3, "rise": 0.02},
    worked=(Worked("1e20 FLOP at a twentieth", {"flops": 1e20, "coefficient": 0.05, "rise": 0.05}, 0.5),),
    avoid="Scores near one; another backbone (the paper's point is that its shape moves the curve).",
)
