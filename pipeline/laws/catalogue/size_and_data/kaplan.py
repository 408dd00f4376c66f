"""Loss as nested powers of size and data, or a sum of powers of size and steps (Kaplan et al. 2020; steps as in Su et al. 2024).

Sizes exclude embeddings. There is no irreducible term, so both fail far beyond their data.
"""

from pipeline.laws.law import Law, Parameter, Published, positive, run_column, symbols

N, D, S_min = run_column("params_nonembedding"), run_column("data_seen"), run_column("steps_min")

_data = (
    Parameter("N_scale", start=(1e10, 1e15), meaning="size at which the size term is 1", unit="parameters"),
    Parameter("D_scale", start=(1e10, 1e15), meaning="data at which the data term is 1", unit="tokens"),
    Parameter("alpha_size", start=(0.03, 0.3), meaning="size exponent"),
    Parameter("alpha_data", start=(0.03, 0.3), meaning="data exponent"),
)
N_scale, D_scale, alpha_size, alpha_data = symbols(*_data)

kaplan_size_data = Law(
    name="kaplan_size_data",
    formula=((N_scale / N) ** (alpha_size / alpha_data) + D_scale / D) ** alpha_data,
    parameters=_data,
    columns=("params_nonembedding", "data_seen"),
    response="loss",
    question="What loss does a model of this size reach when it is trained to convergence on this much data?",
    source="Kaplan et al. 2020, arXiv:2001.08361, eq. 1.5",
    published=(
        Published(
            "WebText2, early stopping",
            {"N_scale": 6.4e13, "D_scale": 1.8e13, "alpha_size": 0.076, "alpha_data": 0.103},
            reference="from memory",
            verified=False,
        ),
    ),
    example={
        "params_nonembedding": 1e9,
        "data_seen": 2e10,
        "N_scale": 6.4e13,
        "D_scale": 1.8e13,
        "alpha_size": 0.076,
        "alpha_data": 0.103,
    },
    avoid="Large models: there is no irreducible loss. Sizes with embeddings. Runs that are compute-limited and not converged.",
    valid_range={"params_nonembedding": (7.68e2, 1.5e9), "data_seen": (2.2e7, 2.3e10)},
)

_steps = (
    *positive("N_scale", start=(1e10, 1e15), meaning="size at which the size term is 1", unit="parameters"),
    *positive("S_scale", start=(1e2, 1e5), meaning="steps at which the step term is 1", unit="steps"),
    *positive("alpha_size", start=(0.03, 0.3), meaning="size exponent"),
    *positive("alpha_step", start=(0.3, 1.2), meaning="step exponent"),
)
N_scale, S_scale, alpha_size, alpha_step = symbols(*_steps)

kaplan_size_steps = Law(
    name="kaplan_size_steps",
    formula=(N_scale / N) ** alpha_size + (S_scale / S_min) ** alpha_step,
    parameters=_steps,
    columns=("params_nonembedding", "steps_min"),
    response="loss",
    question="What loss has a model of this size after so many steps at a batch far above the critical one?",
    source="Kaplan et al. 2020, arXiv:2001.08361, eq. 1.6; Su et al. 2024, arXiv:2403.06563",
    published=(
        Published(
            "WebText2",
            {"N_scale": 8.8e13, "S_scale": 2.1e3, "alpha_size": 0.076, "alpha_step": 0.76},
            reference="size term from L(N); the joint fit's own size constants differ",
            verified=False,
        ),
        Published(
            "C4, 1M to 60M parameters, context 1024",
            {"N_scale": 1.5e14, "S_scale": 2.6e3, "alpha_size": 0.076, "alpha_step": 0.67},
            reference="Su et al. 2024, from memory",
            verified=False,
        ),
    ),
    example={
        "params_nonembedding": 1e9,
        "steps_min": 39877.03,
        "N_scale": 1.5e14,
        "S_scale": 2.6e3,
        "alpha_size": 0.076,
        "alpha_step": 0.67,
    },
    avoid="During warm-up; between schedules of different shape; steps not corrected to steps_min (study/derived/batches.py).",
    valid_range={"params_nonembedding": (1e6, 1.5e9)},
)
