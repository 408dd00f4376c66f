"""A model whose size changes during training learns as one of its average size (Jin et al. 2025, The Journey Matters).

params_average is the mean of the parameter count over tokens (study/derived/growth.py).
"""

from pipeline.laws.catalogue.size_and_data.chinchilla import chinchilla
from pipeline.laws.catalogue.size_and_data.chinchilla import parameters as _parameters
from pipeline.laws.law import Law, run_column

average_parameters = Law(
    name="average_parameters",
    formula=chinchilla.formula.subs(run_column("params"), run_column("params_average")),
    parameters=_parameters,
    columns=("params_average", "data_seen"),
    response="loss",
    linear=chinchilla.linear,
    question="Is a sparse, pruned or grown run worth its final size?",
    source="Jin et al. 2025, arXiv:2501.12486 (constants not published in a source at hand)",
    example={
        "params_average": 6e8,
        "data_seen": 2e10,
        "E": 1.81686,
        "A": 482.006,
        "B": 2085.434,
        "alpha": 0.34781,
        "beta": 0.36585,
    },
    avoid="Averages over compute instead of tokens; storage, which is the final size and not the average.",
    variant_of="chinchilla",
)
