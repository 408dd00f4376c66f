"""Time-series foundation models: negative log-likelihood as a pure power of size, data or compute (Yao et al. 2024).

Scales are rounded to two digits under tiny exponents: compare predictions, never scales. The plotted compute is 1000 times too
small (one plotted point is 1000 steps); the constants here are corrected.
"""

from pipeline.laws.law import Law, Parameter, Published, run_column, symbols

PF_DAY, PLOTTED = 8.64e19, 1000.0
VALUES = {  # (scale, exponent) of size, data, compute (as plotted)
    "encoder, in distribution": ((3.7e16, 0.029), (5.3e12, 0.094), (1.5e7, 0.024)),
    "encoder, out of distribution, LSF": ((1.4e31, 0.026), (9.6e30, 0.029), (3.9e26, 0.020)),
    "encoder, out of distribution, Monash": ((6.7e36, 0.023), (1.0e39, 0.023), (2.8e29, 0.020)),
    "decoder, in distribution": ((2.0e34, 0.015), (9.9e13, 0.090), (6.0e23, 0.014)),
    "decoder, out of distribution, LSF": ((2.9e47, 0.016), (1.1e44, 0.019), (1.9e33, 0.017)),
    "decoder, out of distribution, Monash": ((1.5e48, 0.017), (4.4e31, 0.030), (1.4e47, 0.013)),
}
parameters = (
    Parameter("scale", start=(1e7, 1e50), meaning="where the loss is 1"),
    Parameter("alpha", start=(0.01, 0.2), meaning="exponent"),
)
scale, alpha = symbols(*parameters)


def _law(name: str, column: str, which: int, unit: float, what: str, range_: tuple[float, float]) -> Law:
    x = run_column(column)
    published = tuple(
        Published(setting, {"scale": row[which][0] * unit, "alpha": row[which][1]}, reference="legends of the released figures")
        for setting, row in VALUES.items()
    )
    _example = {"scale": next(iter(VALUES.values()))[which][0] * unit, "alpha": next(iter(VALUES.values()))[which][1]}
    return Law(
        name=name,
        formula=(scale / x) ** alpha,
        parameters=parameters,
        columns=(column,),
        response="loss",
        response_unit="nats, packed",
        question=f"How does forecasting likelihood improve with {what}?",
        source="Yao et al. 2024, arXiv:2410.12360",
        published=published,
        example={column: 1e9} | _example,
        avoid="Likelihoods may be negative, where the law is undefined; single seeds; four points in data.",
        valid_range={column: range_},
    )


time_series_size = _law("time_series_size", "params", 0, 1.0, "size", (8.7e2, 1.0e9))
time_series_data = _law("time_series_data", "data_seen", 1, 1.0, "data points", (1e7, 1.57e10))
time_series_compute = _law("time_series_compute", "flops", 2, PF_DAY * PLOTTED, "compute", (1e15, 1e21))
