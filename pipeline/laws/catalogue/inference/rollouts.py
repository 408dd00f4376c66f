"""Accuracy against the number of rollouts, linear in its binary logarithm: two curves inverted give their ratio of budgets.

Particle filtering and best-of-n are compared so (Puri et al. 2025); no function is published, the shape is this project's.
"""

import sympy as sp

from pipeline.laws.law import Law, Objective, Parameter, Worked, run_column, symbols

n = run_column("samples")
parameters = (
    Parameter("single", domain="real", start=(0.0, 1.0), meaning="accuracy of one rollout"),
    Parameter("per_doubling", domain="real", start=(0.0, 0.1), meaning="accuracy that twice the rollouts add"),
)
single, per_doubling = symbols(*parameters)

rollouts = Law(
    name="rollouts",
    formula=single + per_doubling * sp.log(n) / sp.log(2),
    parameters=parameters,
    columns=("samples",),
    response="accuracy",
    response_unit="fraction",
    linear=("single", "per_doubling"),
    objective=Objective(space="linear", loss="l2"),
    question="How many rollouts does this search need for an accuracy?",
    source="own form; read off Puri et al. 2025 (rollouts of particle filtering against best-of-n; no equation is published)",
    example={"samples": 16.0, "single": 0.5, "per_doubling": 0.03},
    worked=(
        Worked("four rollouts of the better search", {"samples": 4.0, "single": 0.50, "per_doubling": 0.03}, 0.56),
        Worked("sixteen of the other reach the same", {"samples": 16.0, "single": 0.50, "per_doubling": 0.015}, 0.56),
    ),
    avoid="Accuracies near their ceiling: a logarithm has none. Rollouts scored by the verifier that chose them.",
)
