"""Loss along any learning-rate schedule from its area and its annealing (Tissue et al. 2024).

s1 is the sum of learning rates so far, s2 the sum of the decayed momentum of their drops (study/derived/schedules.py makes both).
"""

from pipeline.laws.law import Law, Parameter, Published, run_column, symbols

S1, S2, N = run_column("s1"), run_column("s2"), run_column("params_nonembedding")
_base = (
    Parameter("E", start=(0.5, 0.99), meaning="loss at infinite area", unit="nats per token"),
    Parameter("A", start=(0.1, 2.0), meaning="coefficient of the area"),
    Parameter("alpha", start=(0.1, 1.0), meaning="exponent of the area"),
    Parameter("annealing_gain", start=(0.05, 5.0), meaning="fall of the loss by a unit of s2 (C)"),
)
E, A, alpha, gain = symbols(*_base)
_avoid = "Another peak rate, batch, warm-up or decay of s2 (.999) than the fit's; padding with zero-rate steps."

annealing = Law(
    name="annealing",
    formula=E + A / S1**alpha - gain * S2,
    parameters=_base,
    columns=("s1", "s2"),
    response="loss",
    linear=("E", "A", "annealing_gain"),
    question="What loss would another learning-rate schedule have reached, and when should annealing start?",
    source="Tissue et al. 2024, arXiv:2408.11029",
    published=(
        Published(
            "25M, cosine and constant 24k, s2 decay .999",
            {"E": 3.16405, "A": 0.50938, "alpha": 0.52389, "annealing_gain": 0.40620},
            reference="refit on the runs of Luo et al. 2025, arXiv:2503.12811",
        ),
        Published(
            "100M, cosine and constant 24k, s2 decay .999",
            {"E": 2.78986, "A": 0.59151, "alpha": 0.45597, "annealing_gain": 0.48014},
            reference="refit on the runs of Luo et al. 2025, arXiv:2503.12811",
        ),
        Published(
            "the paper's example",
            {"E": 2.628, "A": 0.429, "alpha": 0.550, "annealing_gain": 0.411},
            reference="from memory, not confirmed",
            verified=False,
        ),
    ),
    example={"s1": 0.3825, "s2": 0.0575597497, "E": 2.78986, "A": 0.59151, "alpha": 0.45597, "annealing_gain": 0.48014},
    avoid=_avoid,
    assumes="Loss is a power of the area under the learning rate less a share of the area that decay has given up; one size.",
)

_size = (
    Parameter("B", start=(1.0, 1e4), meaning="size coefficient"),
    Parameter("beta", start=(0.05, 0.8), meaning="size exponent"),
)
B, beta = symbols(*_size)

annealing_size = Law(
    name="annealing_size",
    formula=annealing.formula + B / N**beta,
    parameters=_base + _size,
    columns=("s1", "s2", "params_nonembedding"),
    response="loss",
    linear=("E", "A", "annealing_gain", "B"),
    question="What loss would a model of another size have reached under another schedule?",
    source="Tissue et al. 2024, arXiv:2408.11029 (form with size from memory)",
    example={
        "s1": 1.0,
        "s2": 0.1,
        "params_nonembedding": 1e8,
        "E": 2.0,
        "A": 0.5,
        "alpha": 0.5,
        "annealing_gain": 0.4,
        "B": 400.0,
        "beta": 0.34,
    },
    avoid=_avoid,
    variant_of="annealing",
)
