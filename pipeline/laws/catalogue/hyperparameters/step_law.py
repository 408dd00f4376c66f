"""Best peak learning rate and batch as powers of size and data (Li et al. 2025, Step Law), with the rival laws it compares.

The law holds for a final learning rate of 1e-5, not for a ratio to the peak; batches are in tokens. Sizes exclude embeddings.
"""

from typing import Any

import sympy as sp

from pipeline.laws.law import Law, Objective, Parameter, Published, run_column, symbols

N, D, C, L = run_column("params_nonembedding"), run_column("data_seen"), run_column("flops"), run_column("loss")
coefficient = Parameter("coefficient", start=(1e-4, 1e4), meaning="value at 1")


def _exponent(name: str, of: str, low: float = -1.0, high: float = 1.0) -> Parameter:
    return Parameter(name, domain="real", start=(low, high), meaning=f"exponent of {of}")


def _power(name: str, exponents: dict[str, Parameter], response: str, source: str, question: str, avoid: str, **more: Any) -> Law:
    """coefficient times a power of each named column."""
    formula = coefficient.symbol
    for column, exponent in exponents.items():
        formula *= run_column(column) ** exponent.symbol
    unit = "tokens" if response == "batch_tokens" else "1"
    return Law(
        name=name,
        formula=formula,
        parameters=(coefficient, *exponents.values()),
        columns=tuple(exponents),
        response=response,
        response_unit=unit,
        linear=("coefficient",),
        objective=Objective(loss="l2"),
        source=source,
        question=question,
        avoid=avoid,
        **more,
    )


_size, _data, _compute = (
    _exponent("size_exponent", "size"),
    _exponent("data_exponent", "data"),
    _exponent("compute_exponent", "compute"),
)
_rate = "Which peak learning rate is best for this run?"
_batch = "Which batch, in tokens, is best for this run?"
_steplaw = "Li et al. 2025, arXiv:2503.04715"

step_law_rate = _power(
    "step_law_rate",
    {"params_nonembedding": _size, "data_seen": _data},
    "peak_lr",
    _steplaw,
    _rate,
    "Schedules that do not end at 1e-5; routed models; sizes with embeddings.",
    published=(
        Published("dense models", {"coefficient": 1.79, "size_exponent": -0.713, "data_exponent": 0.307}),
        Published(
            "mean of 1000 released bootstrap models",
            {"coefficient": 1.7973, "size_exponent": -0.71292, "data_exponent": 0.30749},
            low={"size_exponent": -0.7744, "data_exponent": 0.2712},
            high={"size_exponent": -0.6554, "data_exponent": 0.3451},
        ),
        Published(
            "released grid, released procedure",
            {"coefficient": 77.69, "size_exponent": -0.7662, "data_exponent": 0.1970},
            reference="refit; it does not give the published law",
        ),
        Published(
            "Bjorck et al. (Microsoft), as quoted there",
            {"coefficient": 1.3192e-5, "size_exponent": -0.23, "data_exponent": -0.32},
        ),
    ),
    example={"params_nonembedding": 1e9, "data_seen": 1e11, "coefficient": 1.79, "size_exponent": -0.713, "data_exponent": 0.307},
    valid_range={"params_nonembedding": (6e7, 1.1e9), "data_seen": (2e9, 1e11)},
)
step_law_batch = _power(
    "step_law_batch",
    {"data_seen": _data},
    "batch_tokens",
    _steplaw,
    _batch,
    "Batches in sequences: multiply by the sequence length.",
    published=(
        Published(
            "dense models",
            {"coefficient": 0.58, "data_exponent": 0.571},
            low={"data_exponent": 0.5340},
            high={"data_exponent": 0.6055},
        ),
        Published("released grid, released procedure", {"coefficient": 0.2085, "data_exponent": 0.6125}, reference="refit"),
    ),
    example={"data_seen": 1e11, "coefficient": 0.58, "data_exponent": 0.571},
    valid_range={"data_seen": (2e9, 1e11)},
)
deepseek_rate = _power(
    "deepseek_rate",
    {"flops": _compute},
    "peak_lr",
    "DeepSeek-AI 2024, arXiv:2401.02954",
    _rate,
    "Runs off the compute-optimal line: size and data are not told apart.",
    published=(Published("dense models, compute without embeddings", {"coefficient": 0.3188, "compute_exponent": -0.125}),),
    example={"flops": 1e20, "coefficient": 0.3188, "compute_exponent": -0.125},
)
deepseek_batch = _power(
    "deepseek_batch",
    {"flops": _compute},
    "batch_tokens",
    "DeepSeek-AI 2024, arXiv:2401.02954",
    _batch,
    "Runs off the compute-optimal line: size and data are not told apart.",
    published=(Published("dense models, compute without embeddings", {"coefficient": 0.2920, "compute_exponent": 0.3271}),),
    example={"flops": 1e20, "coefficient": 0.2920, "compute_exponent": 0.3271},
)
porian_rate = _power(
    "porian_rate",
    {"params_nonembedding": _size},
    "peak_lr",
    "Porian et al. 2024, arXiv:2406.19146",
    _rate,
    "Runs much longer than 20 tokens a parameter.",
    published=(Published("RefinedWeb and OpenWebText2", {"coefficient": 3.7, "size_exponent": -0.36}),),
    example={"params_nonembedding": 1e8, "coefficient": 3.7, "size_exponent": -0.36},
)
porian_batch = _power(
    "porian_batch",
    {"params_nonembedding": _size},
    "batch_tokens",
    "Porian et al. 2024, arXiv:2406.19146",
    _batch,
    "Runs much longer than 20 tokens a parameter.",
    published=(Published("RefinedWeb and OpenWebText2", {"coefficient": 0.7576, "size_exponent": 0.703}),),
    example={"params_nonembedding": 1e8, "coefficient": 0.7576, "size_exponent": 0.703},
)

_line = (
    Parameter("rate_at_one", start=(1e-4, 1e-1), meaning="learning rate at one parameter"),
    Parameter("rate_fall", start=(1e-6, 1e-3), meaning="fall of the learning rate by one unit of ln size"),
)
_at_one, _fall = symbols(*_line)
openai_rate = Law(
    name="openai_rate",
    formula=_at_one - _fall * sp.log(N),
    parameters=_line,
    columns=("params_nonembedding",),
    response="peak_lr",
    response_unit="1",
    linear=("rate_at_one", "rate_fall"),
    objective=Objective(space="linear", loss="l2"),
    question=_rate,
    source="Kaplan et al. 2020, arXiv:2001.08361, appendix",
    published=(Published("WebText2", {"rate_at_one": 3.239e-3, "rate_fall": 1.395e-4}, reference="as quoted by Li et al. 2025"),),
    example={"params_nonembedding": 1e8, "rate_at_one": 3.239e-3, "rate_fall": 1.395e-4},
    avoid="Beyond about 1e10 parameters, where it becomes negative.",
    valid_range={"params_nonembedding": (1e3, 1e10)},
)
