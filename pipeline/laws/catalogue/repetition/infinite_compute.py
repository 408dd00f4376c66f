"""What fixed data are worth when compute is no limit: over size, over ensemble members, and over both (Kim et al. 2025).

At U unique tokens, with weight decay, learning rate and epochs tuned for each size: L = E + A/N^α. At one size, with the logits
of K members averaged: L = E + A/K. Both together: L = E + A/N^α + B/(N^γ·K), whose floor E is what the data are worth. Sizes in
1e9.
"""

from pipeline.laws.law import Law, Parameter, Published, Worked, run_column, symbols

N, U, members = run_column("params") / 1e9, run_column("data_unique") / 1e9, run_column("ensemble_members")
floor = Parameter("E", start=(0.3, 0.99), meaning="loss of these data without any limit", unit="nats per token")
size = (
    Parameter("A", meaning="what 1e9 parameters leave above the floor", unit="nats per token"),
    Parameter("alpha", start=(0.1, 2.0), meaning="size exponent at fixed data: no exponent of Chinchilla's", bounds=(0.01, 6.0)),
)
ensemble = (
    Parameter("B", meaning="what one model of 1e9 parameters leaves above an endless ensemble of it", unit="nats per token"),
    Parameter(
        "gamma", "real", start=(-0.5, 1.0), meaning="power of size by which the gain of an ensemble falls", bounds=(-3.0, 3.0)
    ),
)
unique = (
    Parameter("A", meaning="what 1e9 unique tokens leave above the floor", unit="nats per token"),
    Parameter("alpha", start=(0.05, 1.0), meaning="exponent of unique data"),
)
E, A, alpha, B, gamma = symbols(floor, *size, *ensemble)
SOURCE = "Kim et al. 2025, arXiv:2509.14786"
AVOID = "Runs whose epochs and weight decay were not tuned for each size; more than one amount of unique data in a cohort"
KIM = {"E": 3.43, "A": 0.05, "alpha": 1.02}

size_at_fixed_data = Law(
    name="size_at_fixed_data",
    formula=E + A / N**alpha,
    parameters=(floor, *size),
    columns=("params",),
    response="loss",
    linear=("E", "A"),
    question="What are fixed data worth to an endlessly large model, tuned for every size?",
    source=SOURCE,
    published=(
        Published("DCLM, 200 M tokens, regularised, four sizes", KIM, reference="as digested; four points", verified=False),
    ),
    example={"params": 3e8, **KIM},
    worked=tuple(
        Worked(f"{n:g} M parameters on 200 M tokens", {"params": n * 1e6, **KIM}, value, 6e-5)
        for n, value in ((150, 3.7762), (300, 3.6007), (600, 3.5142), (1400, 3.4655))
    ),
    avoid=AVOID + "; the floor of a fit to four sizes, as a promise.",
)

ensemble_of_models = Law(
    name="ensemble_of_models",
    formula=E + A / members,
    parameters=(floor, Parameter("A", meaning="what one model leaves above an endless ensemble of it", unit="nats per token")),
    columns=("ensemble_members",),
    response="loss",
    linear=("E", "A"),
    question="How many members of an ensemble, and what would an endless one reach?",
    source=SOURCE,
    example={"ensemble_members": 3.0, "E": 3.34, "A": 0.26},
    worked=(Worked("four members", {"ensemble_members": 4.0, "E": 3.0, "A": 2.0}, 3.5),),
    avoid="Models of several sizes in one cohort (see size_and_ensemble); members that share their data order and seed.",
)

size_and_ensemble = Law(
    name="size_and_ensemble",
    formula=E + A / N**alpha + B / (N**gamma * members),
    parameters=(floor, *size, *ensemble),
    columns=("params", "ensemble_members"),
    response="loss",
    linear=("E", "A", "B"),
    question="With fixed data and compute to spare: a larger model or more of them, and what is the end of both?",
    source=SOURCE + " (both limits; the joint form is Lawbook's)",
    example={"params": 3e8, "ensemble_members": 3.0, "E": 3.17, "A": 0.05, "alpha": 1.0, "B": 0.25, "gamma": 0.2},
    worked=(
        Worked(
            "two of four billion",
            {"params": 4e9, "ensemble_members": 2.0, "E": 3.0, "A": 2.0, "alpha": 0.5, "B": 2.0, "gamma": 0.5},
            4.5,
        ),
    ),
    avoid=AVOID + "; inference budgets, which an ensemble multiplies.",
)

tuned_unique_data = Law(
    name="tuned_unique_data",
    formula=E + A / U**alpha,
    parameters=(floor, *unique),
    columns=("data_unique",),
    response="loss",
    linear=("E", "A"),
    question="How does the best loss without a limit of compute fall with unique data?",
    source=SOURCE,
    example={"data_unique": 2e8, "E": 1.9, "A": 0.9, "alpha": 0.235},
    worked=(Worked("four billion tokens", {"data_unique": 4e9, "E": 1.0, "A": 2.0, "alpha": 0.5}, 2.0),),
    avoid="Single runs (it is of limits over size or members, one an amount of data); a claim about data seen or model size.",
)
