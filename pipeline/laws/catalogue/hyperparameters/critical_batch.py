"""Steps and data that a loss costs at a batch size, and the size that balances them (McCandlish et al. 2018; Kaplan et al. 2020).

(S/S_min - 1)(E/E_min - 1) = 1 with critical batch E_min/S_min. Batches are counted in tokens: batch_size times sequence_length.
"""

from pipeline.laws.law import Law, Parameter, Published, run_column, symbols

batch = run_column("batch_size") * run_column("sequence_length")
loss = run_column("loss")

critical = Parameter(
    "critical_tokens", start=(1e4, 1e8), meaning="critical batch: where steps and data cost twice their minimum", unit="tokens"
)
steps = Parameter("S_least", start=(1e2, 1e6), meaning="steps at an infinite batch", unit="steps")
data = Parameter("D_least", start=(1e7, 1e12), meaning="data at a vanishing batch", unit="tokens")
_avoid = "Points at different losses: fit one target loss at a time. Learning rates that were not tuned for each batch."

steps_at_batch = Law(
    name="steps_at_batch",
    formula=steps.symbol * (1 + critical.symbol / batch),
    parameters=(steps, critical),
    columns=("batch_size", "sequence_length"),
    response="step",
    response_unit="steps to the target loss",
    linear=("S_least",),
    question="How many steps does the target loss cost at this batch size?",
    source="McCandlish et al. 2018, arXiv:1812.06162; Kaplan et al. 2020, arXiv:2001.08361",
    example={"batch_size": 500, "sequence_length": 1000, "S_least": 1.0, "critical_tokens": 1122570.0},
    avoid=_avoid,
)
data_at_batch = Law(
    name="data_at_batch",
    formula=data.symbol * (1 + batch / critical.symbol),
    parameters=(data, critical),
    columns=("batch_size", "sequence_length"),
    response="data_seen",
    response_unit="tokens to the target loss",
    linear=("D_least",),
    question="How much data does the target loss cost at this batch size?",
    source="McCandlish et al. 2018, arXiv:1812.06162; Kaplan et al. 2020, arXiv:2001.08361",
    example={"batch_size": 500, "sequence_length": 1000, "D_least": 1.0, "critical_tokens": 1122570.0},
    avoid=_avoid,
)

_curve = (
    Parameter("B_scale", start=(1e6, 1e10), meaning="critical batch at a loss of 1", unit="tokens"),
    Parameter("alpha_batch", start=(0.05, 1.0), meaning="batch exponent"),
)
B_scale, alpha_batch = symbols(*_curve)

critical_batch = Law(
    name="critical_batch",
    formula=B_scale / loss ** (1 / alpha_batch),
    parameters=_curve,
    columns=("loss",),
    response="critical_batch",
    response_unit="tokens",
    linear=("B_scale",),
    question="Which batch size balances steps against data at this loss?",
    source="Kaplan et al. 2020, arXiv:2001.08361, eq. 1.4",
    published=(
        Published("WebText2", {"B_scale": 2.1e8, "alpha_batch": 0.21}, reference="some notes misprint B_scale as 2^8 or 2.10^8"),
        Published("C4", {"B_scale": 1.7e8, "alpha_batch": 0.205}, reference="Su et al. 2024, from memory", verified=False),
    ),
    example={"loss": 3.0, "B_scale": 2.1e8, "alpha_batch": 0.21},
    avoid="Losses of another tokenizer or data set; near the irreducible loss, where the law ends at a finite batch.",
    valid_range={"loss": (2.0, 5.0)},
)
