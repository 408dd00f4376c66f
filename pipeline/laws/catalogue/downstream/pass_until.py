"""Passing rate of one decode against size: -ln PU is a power of size (Hu et al. 2024, PassUntil).

The rate without bias, from decodes until r passes, is made by a rule of studies: study/derived/pass_rates.py.
"""

import sympy as sp

from pipeline.laws.law import Law, Objective, Parameter, run_column, symbols

N, k = run_column("params_nonembedding"), run_column("samples")
_size = (
    Parameter("difficulty", start=(1.0, 1e4), meaning="-ln of the passing rate at one parameter (the paper's c)"),
    Parameter("alpha", start=(0.02, 1.0), meaning="exponent"),
)
difficulty, alpha = symbols(*_size)

pass_until = Law(
    name="pass_until",
    formula=sp.exp(-difficulty * N**-alpha),
    parameters=_size,
    columns=("params_nonembedding",),
    response="pass_rate",
    response_unit="fraction",
    question="What is the passing rate of a large model on a task on which small models are below the noise?",
    source="Hu et al. 2024, arXiv:2310.03262 (explicit form from memory, checked against F(N) = ln c - alpha ln N)",
    example={"params_nonembedding": 2.4e9, "difficulty": 100.0, "alpha": 0.2},
    avoid="Tasks that a guess passes; rates of 0 after a decode budget, which are censored and not zero.",
)

_coverage = (
    Parameter("missing", start=(0.1, 10.0), meaning="-ln of the coverage of one sample"),
    Parameter("beta", start=(0.05, 1.0), meaning="exponent of samples"),
)
missing, beta = symbols(*_coverage)

coverage = Law(
    name="coverage",
    formula=sp.exp(-missing * k**-beta),
    parameters=_coverage,
    columns=("samples",),
    response="pass_at_k",
    response_unit="fraction",
    objective=Objective(space="linear", loss="l2"),
    question="Which fraction of the problems does at least one of k samples solve?",
    source="Brown et al. 2024, arXiv:2407.21787 (form from memory)",
    example={"samples": 100, "missing": 1.5, "beta": 0.3},
    avoid="As accuracy without a perfect verifier (see verifier_accuracy); plug-in pass@k of few samples.",
)
