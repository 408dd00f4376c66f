"""One power with a floor for each modality, of size or compute, and the best size at a compute (Henighan et al. 2020, table 1).

Compute is in FLOP here; the paper counts PF-days of 8.64e19 FLOP. Sizes exclude embeddings.
"""

from pipeline.laws.law import Law, Parameter, Published, run_column, symbols

N, C = run_column("params_nonembedding"), run_column("flops")
PF_DAY = 8.64e19
VALUES = {  # L(N): floor, scale, exponent; L(C): floor, scale, exponent; best size: scale, exponent (scales of C in PF-days)
    "language": ((0, 1.47e14, 0.070), (0, 3.47e8, 0.048), (3.3e-13, 0.73)),
    "image 8x8": ((3.12, 8.0e1, 0.24), (3.13, 1.8e-8, 0.19), (5.3e-14, 0.64)),
    "image 16x16": ((2.64, 2.8e2, 0.22), (2.64, 1.6e-8, 0.16), (4.8e-12, 0.75)),
    "image 32x32": ((2.20, 6.3e1, 0.13), (2.21, 3.6e-9, 0.1), (1.6e-13, 0.65)),
    "image VQ 16x16": ((3.99, 2.7e4, 0.13), (4.09, 6.1e-7, 0.11), (6.2e-14, 0.64)),
    "image VQ 32x32": ((3.07, 1.9e4, 0.14), (3.17, 2.6e-6, 0.12), (9.4e-13, 0.7)),
    "text to image, text": ((0, 5.6e8, 0.037), None, None),
    "text to image, image": ((2.0, 5.1e3, 0.16), (1.93, 1.5e-6, 0.15), None),  # its best size repeats the cell above it: misprint
    "image to text, text": ((0, 7.0e8, 0.039), None, None),
    "image to text, image": ((2.0, 5.5e3, 0.15), (1.97, 1.5e-6, 0.16), (3.3e-12, 0.72)),
    "video VQ 16x16x16": ((1.01, 3.7e4, 0.24), (0.95, 2.2e-5, 0.14), (1.13e-12, 0.71)),
    "math, extrapolation": ((0.28, 1.1e4, 0.16), (0.14, 1.4e-5, 0.17), (2.3e-12, 0.69)),
}


def _published(which: int) -> tuple[Published, ...]:
    names = (("E", "N_scale", "alpha"), ("E", "C_scale", "alpha"), ("C_scale", "alpha"))[which]
    rows = {domain: row[which] for domain, row in VALUES.items() if row[which] is not None}
    in_flop = {"C_scale": PF_DAY}
    return tuple(
        Published(domain, {n: v * in_flop.get(n, 1.0) for n, v in zip(names, row, strict=True)}, reference="table 1")
        for domain, row in rows.items()
        if row is not None
    )


floor = Parameter("E", domain="real", start=(0.0, 4.0), meaning="irreducible loss", unit="nats per token")
_size = (
    floor,
    Parameter("N_scale", start=(1e1, 1e15), meaning="size at which the reducible loss is 1"),
    Parameter("alpha", start=(0.02, 0.5), meaning="exponent"),
)
_compute = (
    floor,
    Parameter("C_scale", start=(1e10, 1e30), meaning="compute at which the reducible loss is 1", unit="FLOP"),
    Parameter("alpha", start=(0.02, 0.5), meaning="exponent"),
)
_best = (
    Parameter("C_scale", start=(1e4, 1e10), meaning="compute whose best model has one parameter", unit="FLOP"),
    Parameter("alpha", start=(0.3, 1.0), meaning="exponent"),
)
E, scale, alpha = symbols(*_size)
_avoid = (
    "Scales in PF-days; floors of size and compute fits disagree (math .28 and .14) and the largest models had not converged."
)

modality_size = Law(
    name="modality_size",
    formula=E + (scale / N) ** alpha,
    parameters=_size,
    columns=("params_nonembedding",),
    response="loss",
    linear=("E",),
    question="What loss does a converged model of this size reach on images, video, mathematics or language?",
    source="Henighan et al. 2020, arXiv:2010.14701, table 1",
    published=_published(0),
    example={"params_nonembedding": 1.75e11, "E": 0.0, "N_scale": 1.47e14, "alpha": 0.070},
    avoid=_avoid,
    valid_range={"params_nonembedding": (1e4, 1e10)},
)
_c = symbols(*_compute)[1]
modality_compute = Law(
    name="modality_compute",
    formula=E + (_c / C) ** alpha,
    parameters=_compute,
    columns=("flops",),
    response="loss",
    linear=("E",),
    question="What is the lowest loss at this compute on images, video, mathematics or language?",
    source="Henighan et al. 2020, arXiv:2010.14701, table 1",
    published=_published(1),
    example={"flops": PF_DAY, "E": 0.95, "C_scale": 2.2e-5 * PF_DAY, "alpha": 0.14},
    avoid=_avoid,
    valid_range={"flops": (1e-6 * PF_DAY, 1e2 * PF_DAY)},
)
modality_best_size = Law(
    name="modality_best_size",
    formula=(C / symbols(*_best)[0]) ** symbols(*_best)[1],
    parameters=_best,
    columns=("flops",),
    response="params_nonembedding",
    response_unit="parameters",
    question="Which model size has the lowest loss at this compute?",
    source="Henighan et al. 2020, arXiv:2010.14701, table 1",
    published=_published(2),
    example={"flops": PF_DAY, "C_scale": 3.3e-13 * PF_DAY, "alpha": 0.73},
    avoid="Compute-optimal sizes of runs whose learning-rate schedule was not matched to their length (see chinchilla).",
    valid_range={"flops": (1e-6 * PF_DAY, 1e2 * PF_DAY)},
)
