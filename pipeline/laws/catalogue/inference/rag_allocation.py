"""Accuracy of long-context retrieval from documents, shots and iterations (Yue et al. 2024, computation allocation model).

logit P = (a + b * i) . ln(theta + .01) + c; gain_documents and gain_shots are i: what the first document and the first shot bring
on the task. With one task alone, a and b are not told apart.
"""

import sympy as sp

from pipeline.laws.law import Law, Objective, Parameter, run_column, symbols

EPSILON = sp.Rational(1, 100)
documents, shots, iterations = (run_column(name) for name in ("documents", "shots", "iterations"))
gain_documents, gain_shots = run_column("gain_documents"), run_column("gain_shots")
_meanings = {
    "document_slope": "logits for e times the documents on a task where the first brings nothing (a)",
    "shot_slope": "logits for e times the shots on a task where the first brings nothing (a)",
    "iteration_slope": "logits for e times the iterations (a)",
    "document_gain": "more of the document slope for each unit that the first document brings (b)",
    "shot_gain": "more of the shot slope for each unit that the first shot brings (b)",
    "intercept": "logit at one document, shot and iteration (c)",
}
parameters = tuple(Parameter(name, domain="real", start=(-2.0, 2.0), meaning=text) for name, text in _meanings.items())
a_documents, a_shots, a_iterations, b_documents, b_shots, intercept = symbols(*parameters)
z = (
    (a_documents + b_documents * gain_documents) * sp.log(documents + EPSILON)
    + (a_shots + b_shots * gain_shots) * sp.log(shots + EPSILON)
    + a_iterations * sp.log(iterations + EPSILON)
    + intercept
)

rag_allocation = Law(
    name="rag_allocation",
    formula=1 / (1 + sp.exp(-z)),
    parameters=parameters,
    columns=("documents", "shots", "iterations", "gain_documents", "gain_shots"),
    response="accuracy",
    response_unit="fraction",
    objective=Objective(space="linear", loss="l2"),
    question="How should a token budget be split over documents, shots and iterations?",
    source="Yue et al. 2024, arXiv:2410.04343 (constants not published)",
    example={
        "documents": 50,
        "shots": 8,
        "iterations": 5,
        "gain_documents": 0.15,
        "gain_shots": 0.05,
        "document_slope": 0.10,
        "shot_slope": 0.05,
        "iteration_slope": 0.30,
        "document_gain": 2.0,
        "shot_gain": 1.5,
        "intercept": -2.0,
    },
    avoid="One task alone; zero shots weigh ln .01; output tokens and retrieval cost are not counted.",
    valid_range={"documents": (0, 1000), "shots": (0, 256), "iterations": (1, 5)},
)
