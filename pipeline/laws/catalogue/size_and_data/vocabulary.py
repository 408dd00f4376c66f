"""Vocabulary as a third part of the model (Tao et al. 2024). The loss is normalised by unigrams and may be negative.

params_nonembedding are the paper's non-vocabulary parameters, params_vocabulary = vocabulary size times width; data: characters
"""

from pipeline.laws.law import Law, Objective, Parameter, Published, run_column, symbols

N, V, H = run_column("params_nonembedding"), run_column("params_vocabulary"), run_column("data_seen")
_terms = ("size", "vocabulary", "data")
parameters = (
    Parameter("E", domain="real", start=(-10.0, 0.0), meaning="loss at infinite everything", unit="nats per token over unigrams"),
    *(Parameter(f"{t}_weight", start=(0.1, 1e4), meaning=f"coefficient of {t}") for t in _terms),
    *(Parameter(f"{t}_exponent", start=(0.05, 1.0), meaning=f"exponent of {t}") for t in _terms),
)
E, a_size, a_vocabulary, a_data, e_size, e_vocabulary, e_data = symbols(*parameters)

vocabulary = Law(
    name="vocabulary",
    formula=E + a_size / N**e_size + a_vocabulary / V**e_vocabulary + a_data / H**e_data,
    parameters=parameters,
    columns=("params_nonembedding", "params_vocabulary", "data_seen"),
    response="loss_unigram",
    response_unit="nats per token, less the unigram loss",
    linear=("E", "size_weight", "vocabulary_weight", "data_weight"),
    objective=Objective(space="linear", loss="huber", delta=1e-3),
    question="What does a larger vocabulary bring at this size and data?",
    source="Tao et al. 2024, arXiv:2407.13623, approach 3",
    example={
        "params_nonembedding": 3.3e7,
        "params_vocabulary": 2.1e6,
        "data_seen": 1.8e8,
        "E": -5.5,
        "size_weight": 1.6e2,
        "vocabulary_weight": 5.0,
        "data_weight": 1e4,
        "size_exponent": 0.45,
        "vocabulary_exponent": 0.6,
        "data_exponent": 0.45,
    },
    avoid="Log-space objectives (the loss is negative); losses not normalised by unigrams.",
    valid_range={"params_nonembedding": (3.3e7, 1.13e9), "params_vocabulary": (2e6, 2e8)},
)

_best = (
    Parameter("coefficient", start=(1e-2, 1e2), meaning="vocabulary parameters at one other parameter"),
    Parameter("growth", start=(0.5, 1.0), meaning="exponent, below 1: vocabularies grow more slowly than models"),
)
vocabulary_best = Law(
    name="vocabulary_best",
    formula=_best[0].symbol * N ** _best[1].symbol,
    parameters=_best,
    columns=("params_nonembedding",),
    response="params_vocabulary",
    response_unit="parameters",
    linear=("coefficient",),
    objective=Objective(loss="l2"),
    question="How many vocabulary parameters does a model of this size want?",
    source="Tao et al. 2024, arXiv:2407.13623, approaches 1 and 2",
    published=(
        Published(
            "non-vocabulary size to best vocabulary, exponent only", {"growth": 0.83}, low={"growth": 0.83}, high={"growth": 0.84}
        ),
    ),
    example={"params_nonembedding": 3e9, "coefficient": 1.0, "growth": 0.83},
    avoid="Runs far from compute-optimal: the best vocabulary grows with data at fixed size.",
)
