"""What pretraining data is worth for a fine-tuning task: log-law of its score, power law of its loss (Isik et al. 2024).

Where the score's residuals fail while the loss still falls, pretraining data is misaligned with the task
(planning/estimators/trends.py).
"""

import sympy as sp

from pipeline.laws.law import Law, Objective, Parameter, run_column, symbols

D = run_column("data_unique")
_score = (
    Parameter("log_scale", domain="real", start=(0.0, 20.0), meaning="ln A: log of the score's argument at one token"),
    Parameter("alpha", start=(0.1, 2.0), meaning="weight of ln data"),
    Parameter("power", start=(0.1, 3.0), meaning="power of the logarithm (the paper's beta)"),
)
log_scale, alpha, power = symbols(*_score)

transfer_score = Law(
    name="transfer_score",
    formula=(log_scale + alpha * sp.log(D)) ** power,
    parameters=_score,
    columns=("data_unique",),
    response="score",
    response_unit="BLEU, ROUGE or COMET points",
    objective=Objective(loss="huber", delta=0.1),
    question="Is more pretraining data worth anything for this translation task?",
    source="Isik et al. 2024, arXiv:2402.04177",
    example={"data_unique": 1e8, "log_scale": 9.210340371976184, "alpha": 0.9, "power": 0.95},
    avoid="Misaligned data (score falls while loss improves); scores above 100; large fine-tuning sets.",
)

_loss = (
    Parameter("E", start=(0.3, 0.99), meaning="fine-tuned loss at infinite pretraining data", unit="nats per token"),
    Parameter("A", start=(1.0, 1e4), meaning="coefficient of pretraining data"),
    Parameter("alpha", start=(0.05, 1.0), meaning="exponent of pretraining data"),
)
E, A, alpha_loss = symbols(*_loss)

transfer_loss = Law(
    name="transfer_loss",
    formula=E + A / D**alpha_loss,
    parameters=_loss,
    columns=("data_unique",),
    response="loss",
    linear=("E", "A"),
    question="Which loss does fine-tuning reach after this much pretraining data?",
    source="Isik et al. 2024, arXiv:2402.04177",
    example={"data_unique": 1e8, "E": 0.8, "A": 50.0, "alpha": 0.3},
    avoid="As the only evidence for a mixture: the loss keeps falling on misaligned data while the score does not rise.",
)
