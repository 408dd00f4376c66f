"""What many samples gain, from how diverse their ideas are (Wang et al. 2024, PlanSearch): linear in the idea diversity.

gain = (pass@k - pass@1) / pass@1. The paper says that diversity predicts it and plots the points; no function is published.
"""

from pipeline.laws.law import Law, Objective, Parameter, Worked, run_column, symbols

diversity = run_column("diversity")
parameters = (
    Parameter("gain_alike", domain="real", start=(-1.0, 1.0), meaning="relative gain where all ideas are the same"),
    Parameter("gain_spread", domain="real", start=(0.0, 5.0), meaning="further gain where no two are"),
)
gain_alike, gain_spread = symbols(*parameters)

search_gain = Law(
    name="search_gain",
    formula=gain_alike + gain_spread * diversity,
    parameters=parameters,
    columns=("diversity",),
    response="relative_gain",
    response_unit="1",
    linear=("gain_alike", "gain_spread"),
    objective=Objective(space="linear", loss="huber", delta=0.05),
    question="Will more samples help this model, judged from forty of them?",
    source="own line; Wang et al. 2024, arXiv:2409.03733 (diversity and gain are the paper's, a function is not published)",
    example={"diversity": 0.6, "gain_alike": 0.1, "gain_spread": 1.2},
    worked=(Worked("two thirds", {"diversity": 2 / 3, "gain_alike": 0.1, "gain_spread": 1.2}, 0.9),),
    valid_range={"diversity": (0.05, 1.0)},
    avoid="Small pass@1, where the relative gain blows up; another benchmark or another judge of sameness than the fit's.",
)
