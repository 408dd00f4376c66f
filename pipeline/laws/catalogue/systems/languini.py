"""Loss of an architecture against hours on one reference accelerator (Stanic et al. 2023, Languini Kitchen).

Hours are those of the theoretical throughput; perplexity is normalised per byte, so that tokenizers compare.
"""

from pipeline.laws.law import Law, Objective, Parameter, run_column, symbols

hours = run_column("accelerator_hours")
parameters = (
    Parameter("coefficient", start=(1.0, 10.0), meaning="perplexity a byte after one hour"),
    Parameter("alpha", start=(0.01, 0.3), meaning="exponent"),
)
coefficient, alpha = symbols(*parameters)

languini = Law(
    name="languini",
    formula=coefficient * hours**-alpha,
    parameters=parameters,
    columns=("accelerator_hours",),
    response="perplexity",
    response_unit="a byte",
    linear=("coefficient",),
    objective=Objective(loss="l2"),
    question="Which architecture is best for this many accelerator hours, and where do two cross?",
    source="Stanic et al. 2023, arXiv:2309.11197 (constants not published)",
    example={"accelerator_hours": 48.0, "coefficient": 3.0, "alpha": 0.04},
    avoid="Wall-clock hours; perplexities a token of different tokenizers; crossings beyond ten times the data.",
)
