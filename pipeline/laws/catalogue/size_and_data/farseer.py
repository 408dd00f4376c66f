"""Loss whose data exponent and coefficient depend on size (Li et al. 2025, Farseer). The form is from memory.

L = exp(a3 N^gamma + b3) + exp(a2 N^beta + b2) D^(-exp(a1 N^alpha + b1))
"""

import sympy as sp

from pipeline.laws.law import Law, Parameter, run_column, symbols

N, D = run_column("params_nonembedding"), run_column("data_seen")
parameters = tuple(
    Parameter(name, domain="real", start=start, meaning=meaning)
    for name, start, meaning in (
        ("size_slope", (0.0, 40.0), "how the loss at infinite data falls with size"),
        ("size_power", (-0.4, -0.1), "power of size in it"),
        ("size_offset", (-2.0, 2.0), "its offset"),
        ("weight_slope", (0.0, 3.0), "how the weight of data changes with size"),
        ("weight_power", (0.0, 0.1), "power of size in it"),
        ("weight_offset", (0.0, 6.0), "its offset"),
        ("rate_slope", (-2.0, 0.0), "how the data exponent changes with size"),
        ("rate_power", (0.0, 0.1), "power of size in it"),
        ("rate_offset", (-1.0, 1.0), "its offset"),
    )
)
a3, gamma, b3, a2, beta, b2, a1, alpha, b1 = symbols(*parameters)

farseer = Law(
    name="farseer",
    formula=sp.exp(a3 * N**gamma + b3) + sp.exp(a2 * N**beta + b2) * D ** (-sp.exp(a1 * N**alpha + b1)),
    parameters=parameters,
    columns=("params_nonembedding", "data_seen"),
    response="loss",
    question="Does the value of more data depend on model size?",
    source="Li et al. 2025, Farseer (form from memory; no constants)",
    example={
        "params_nonembedding": 1e9,
        "data_seen": 1e11,
        "size_slope": 20.0,
        "size_power": -0.2,
        "size_offset": 0.4,
        "weight_slope": 1.0,
        "weight_power": 0.05,
        "weight_offset": 3.0,
        "rate_slope": -0.5,
        "rate_power": 0.03,
        "rate_offset": 0.0,
    },
    avoid="Fewer than about ten sizes: nine parameters, slopes and powers nearly degenerate; far beyond the sizes.",
)
