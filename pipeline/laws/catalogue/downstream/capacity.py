"""How much knowledge parameters hold (Allen-Zhu and Li 2024, Physics of Language Models 3.3).

Bits of a synthetic biography set and the measured bits per parameter are in study/derived/knowledge.py.
"""

from pipeline.laws.law import Law, Objective, Parameter, Published, run_column

N = run_column("params")
bits_each = Parameter("bits_each", start=(0.1, 3.0), meaning="bits of knowledge a parameter", unit="bits")
VALUES = {
    "1000 exposures": 2.0,
    "100 exposures": 1.0,
    "1000 exposures, int8": 2.0,
    "1000 exposures, int4": 0.7,
    "100 exposures, gated MLP": 1.0 / 1.3,
    "1000 exposures, 32 experts": 2.0 / 1.3,
}

knowledge_capacity = Law(
    name="knowledge_capacity",
    formula=bits_each.symbol * N,
    parameters=(bits_each,),
    columns=("params",),
    response="knowledge_bits",
    response_unit="bits",
    linear=("bits_each",),
    objective=Objective(loss="l2"),
    question="How many parameters hold this many bits at these exposures and this precision?",
    source="Allen-Zhu and Li 2024, arXiv:2404.05405",
    published=tuple(Published(setting, {"bits_each": value}, reference="peak over sizes") for setting, value in VALUES.items()),
    example={"params": 7e9, "bits_each": 2.0},
    avoid="Exposures are not epochs; models that are not full; losses are summed over knowledge tokens.",
)
