"""The loss around the best peak learning rate and batch: a parabola in ln of each, whose bottom moves with size and batch.

Step Law (Li et al. 2025) finds the loss convex in both and its bottom a power of size; this is the smallest formula with both
properties, so that a sweep of rates and batches at one amount of data says where its best ones are.
"""

import math

import sympy as sp

from pipeline.laws.law import Law, Objective, Parameter, Worked, run_column, symbols

N, rate, batch = run_column("params"), run_column("peak_lr"), run_column("batch_size")
parameters = (
    Parameter("A", start=(1.0, 30.0), meaning="loss at one parameter and the best rate and batch", unit="nats per token"),
    Parameter("alpha", start=(0.01, 0.2), meaning="exponent of size"),
    Parameter("bend", start=(0.005, 0.2), meaning="loss at a rate e times the best, above the least", unit="nats per token"),
    Parameter("coefficient", start=(1e-3, 10.0), meaning="best rate at one parameter and a batch of one"),
    Parameter("size_exponent", domain="real", start=(-1.5, 0.2), meaning="exponent of size in the best rate"),
    Parameter("batch_exponent", domain="real", start=(0.0, 1.0), meaning="exponent of the batch in the best rate"),
    Parameter(
        "batch_bend", start=(0.001, 0.1), meaning="loss at a batch e times the best, above the least", unit="nats per token"
    ),
    Parameter("batch_best", start=(1.0, 4096.0), meaning="best batch", unit="as batch_size"),
)
A, alpha, bend, coefficient, size_exponent, batch_exponent, batch_bend, batch_best = symbols(*parameters)
best_rate = coefficient * N**size_exponent * batch**batch_exponent
AT_ONE = {"params": 1.0, "A": 3.2, "alpha": 0.25, "bend": 0.035, "coefficient": 1.0, "size_exponent": -0.5}
AT_ONE |= {"batch_exponent": 0.5, "batch_bend": 0.019, "batch_best": 1.0}

rate_valley = Law(
    name="rate_valley",
    formula=A / N**alpha + bend * sp.log(rate / best_rate) ** 2 + batch_bend * sp.log(batch / batch_best) ** 2,
    parameters=parameters,
    columns=("params", "peak_lr", "batch_size"),
    response="loss",
    linear=("A", "bend", "batch_bend"),
    objective=Objective(loss="l2"),
    question="Which peak learning rate and batch are best, and what does it cost to miss them?",
    source="own form; convexity and powers after Li et al. 2025, arXiv:2503.04715",
    example={
        "params": 3e4,
        "peak_lr": 0.01,
        "batch_size": 8.0,
        "A": 3.2,
        "alpha": 0.042,
        "bend": 0.035,
        "coefficient": 0.7,
        "size_exponent": -0.525,
        "batch_exponent": 0.54,
        "batch_bend": 0.019,
        "batch_best": 4.0,
    },
    worked=(
        Worked(
            "a rate and a batch e times the best", {**AT_ONE, "peak_lr": math.exp(1.5), "batch_size": math.e}, 3.2 + 0.035 + 0.019
        ),
        Worked("the best rate and batch", {**AT_ONE, "params": 1e4, "peak_lr": 0.01, "batch_size": 1.0}, 3.2 / 10),
    ),
    avoid="Rates that diverge; another amount of data or another schedule than that of the sweep: the bottom moves with both.",
    assumes="The best rate is a power of size and batch, with one curvature; all runs of a cohort have one amount of data.",
)
