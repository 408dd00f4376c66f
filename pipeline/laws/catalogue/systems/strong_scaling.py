"""Throughput of one job on more devices: a power of their number a little below one, and what share of it is kept.

strong efficiency = T1 n1 / (T2 n2); a job on 8 times the devices that takes 1.1236 / 8 of the time keeps 89 %.
"""

from pipeline.laws.law import Law, Objective, Parameter, Worked, run_column, symbols

n = run_column("accelerator_count")
parameters = (
    Parameter("one_device", start=(10.0, 1e5), meaning="throughput of one device", unit="data_unit / s"),
    Parameter("scaling", start=(0.5, 1.0), meaning="exponent: 1 is perfect"),
)
one_device, scaling = symbols(*parameters)

strong_scaling = Law(
    name="strong_scaling",
    formula=one_device * n**scaling,
    parameters=parameters,
    columns=("accelerator_count",),
    response="data_per_second",
    response_unit="data_unit / s",
    linear=("one_device",),
    objective=Objective(loss="l2"),
    question="How many devices does this throughput need?",
    source="own form; efficiencies of Dash et al. 2023, arXiv:2312.12705",
    example={"accelerator_count": 512.0, "one_device": 1000.0, "scaling": 0.944},
    worked=(
        Worked(
            "16 devices at three quarters",
            {"accelerator_count": 16.0, "one_device": 1000.0, "scaling": 0.75},
            8000.0,
            within=1e-9,
        ),
        Worked(
            "89 % kept over 8 times the devices",
            {"accelerator_count": 8.0, "one_device": 1000.0, "scaling": 0.94395716},
            1000 * 8 / 1.1236,
            within=0.01,
        ),
    ),
    avoid="Another model or network; jobs of one batch and jobs whose batch grows with the devices (weak scaling) together.",
)
