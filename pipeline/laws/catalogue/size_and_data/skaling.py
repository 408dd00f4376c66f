"""Size and data share one outer power: k = 1 is Chinchilla's sum, a small k couples the two (Videau et al. 2026).

Kaplan's nested form (Kaplan et al. 2020, eq. 1.5) with an irreducible loss is the same family of curves. The variant counts data
from the step at which training has left its start: runs of few optimiser steps are worse than their size and data say.
"""

from pipeline.laws.law import Law, Parameter, Worked, run_column, symbols

N, D, steps = run_column("params"), run_column("data_seen"), run_column("step")
parameters = (
    Parameter("E", start=(0.3, 0.99), meaning="irreducible loss", unit="nats per token"),
    Parameter("A", start=(1.0, 1e6), meaning="size coefficient, inside the outer power"),
    Parameter("B", start=(1.0, 1e6), meaning="data coefficient, inside the outer power"),
    Parameter("alpha", start=(0.1, 1.5), meaning="size exponent, inside the outer power"),
    Parameter("beta", start=(0.1, 1.5), meaning="data exponent, inside the outer power"),
    Parameter("kappa", start=(0.15, 1.5), meaning="outer power (the paper's k); 1 is Chinchilla's sum"),
)
E, A, B, alpha, beta, kappa = symbols(*parameters)
lost = Parameter("lost_steps", start=(1.0, 100.0), meaning="steps at the start that teach nothing", unit="steps")
ROOTS = {"params": 4.0, "data_seen": 16.0, "E": 1.0, "A": 6.0, "B": 24.0, "alpha": 0.5, "beta": 0.5, "kappa": 0.5}

skaling = Law(
    name="skaling",
    formula=E + (A / N**alpha + B / D**beta) ** kappa,
    parameters=parameters,
    columns=("params", "data_seen"),
    response="loss",
    linear=("E",),
    question="Which model size and how many tokens does a compute budget buy best, where size and data act together?",
    source="Videau et al. 2026, arXiv:2608.07222; kappa within .31 to .45 on its grids, near 1 on Chinchilla's runs",
    example={"params": 1e9, "data_seen": 2e10, "E": 1.6, "A": 7e4, "B": 3e5, "alpha": 0.7, "beta": 0.75, "kappa": 0.45},
    worked=(Worked("roots of 4 and 16 make 3 and 6, whose sum has the root 3", ROOTS, 4.0),),
    avoid="Few sizes or few lengths: kappa trades with E. Runs with repeated data.",
    assumes="One outer power couples size and data: what one lacks makes the other worth less. All data is fresh.",
)

skaling_from_steps = Law(
    name="skaling_from_steps",
    formula=E + (A / N**alpha + B / (D * (1 - lost.symbol / steps)) ** beta) ** kappa,
    parameters=(*parameters, lost),
    columns=("params", "data_seen", "step"),
    response="loss",
    linear=("E",),
    question="Which model size and how many tokens does a compute budget buy best, where small runs have few steps?",
    source="Lawbook's own variant of Videau et al. 2026, arXiv:2608.07222",
    example={"params": 1e9, "data_seen": 2e10, "step": 1e4, "E": 1.6, "A": 7e4, "B": 3e5, "alpha": 0.7, "beta": 0.75,
             "kappa": 0.45, "lost_steps": 30.0},
    worked=(Worked("half of the steps are lost", ROOTS | {"data_seen": 32.0, "step": 4.0, "lost_steps": 2.0}, 4.0),),
    avoid="Runs that differ in batch and not in steps lost; fewer steps than are lost.",
    variant_of="skaling",
    assumes="As skaling, and each run loses the same number of steps at its start. All data is fresh.",
)  # fmt: skip
