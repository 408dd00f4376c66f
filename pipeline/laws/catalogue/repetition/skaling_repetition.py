"""The joint power of size and data (Videau et al. 2026) where data repeat: with effective data, or with a price inside.

L = E + (A/N^α + B/D'^β)^k, and L = E + (A/N^α + B/D^β + P·R·N/U)^k: k = 1 is decayed_data and overfitting_penalty. k below 1
bends both power laws towards their floor together, and trades with E where the runs do not come near it.
"""

from pipeline.laws.catalogue.repetition.data_constrained import worth
from pipeline.laws.catalogue.repetition.decayed_data import Rd, scale
from pipeline.laws.catalogue.repetition.overfitting_penalty import (
    COLUMNS,
    RANGE,
    A,
    B,
    D,
    E,
    N,
    U,
    alpha,
    beta,
    penalty,
    price,
    shared,
)
from pipeline.laws.law import Law, Parameter, Worked, symbols

joint = Parameter("joint_power", start=(0.3, 1.5), meaning="power of size and data together; 1 is their sum", bounds=(0.05, 5.0))
(k,) = symbols(joint)
SOURCE = "Videau et al. 2026, arXiv:2608.07222, with the repetition term of {}"
AVOID = "Runs far from the floor on every axis, where joint_power and E stand for each other; {}"
ROUND = {"params": 4.0, "data_unique": 1.0, "E": 1.0, "A": 4.0, "B": 6.0, "alpha": 0.5, "beta": 1.0, "joint_power": 0.5}

skaling_decayed = Law(
    name="skaling_decayed",
    formula=E + (A / N**alpha + B / worth(D, U, Rd) ** beta) ** k,
    parameters=(*shared, scale, joint),
    columns=COLUMNS,
    response="loss",
    linear=("E",),
    question="How many epochs and how large a model, when size and data bend together and repeats fade?",
    source=SOURCE.format("Muennighoff et al. 2023, arXiv:2305.16264"),
    example={"params": 2.81e9, "data_seen": 55e9, "data_unique": 4e9, "E": 2.098, "A": 14220.0, "B": 252700.0}
    | {"alpha": 0.5191, "beta": 0.567, "Rd": 28.4, "joint_power": 0.741},
    worked=(Worked("a root of 2 + 2 at D' = 3", ROUND | {"data_seen": 1e9, "Rd": 2.0}, 3.0),),
    avoid=AVOID.format("losses that rise with epochs."),
    valid_range=RANGE,
    variant_of="decayed_data",
)

skaling_penalty = Law(
    name="skaling_penalty",
    formula=E + (A / N**alpha + B / D**beta + penalty) ** k,
    parameters=(*shared, price, joint),
    columns=COLUMNS,
    response="loss",
    linear=("E",),
    question="How many epochs before another one hurts, when size and data bend together?",
    source=SOURCE.format("Lovelace et al. 2026, arXiv:2605.01640"),
    example={"params": 2.81e9, "data_seen": 55e9, "data_unique": 4e9, "E": 2.091, "A": 2.59e5, "B": 4.617e6}
    | {"alpha": 0.6639, "beta": 0.6936, "P": 0.00725, "joint_power": 0.595},
    worked=(Worked("a root of 2 + 3 + 4", ROUND | {"data_seen": 2.0, "P": 1.0}, 4.0),),
    avoid=AVOID.format("another recipe than the fit's."),
    valid_range=RANGE,
    variant_of="overfitting_penalty",
    assumes="One outer power couples size, data and a price of repeats in proportion to the parameters a unique token.",
)
