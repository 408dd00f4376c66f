"""Efficiency of training whose states lie off the device: compute against the traffic to them (ZeRO-Infinity).

efficiency = ait bw / (ait bw + peak), ait the FLOPs done for each byte that is moved (arithmetic intensity), bw the bandwidth.
"""

from pipeline.laws.law import Law, Objective, Parameter, Published, Worked, run_column, symbols

ait, bandwidth = run_column("intensity"), run_column("bandwidth")
parameters = (Parameter("peak_reached", start=(1e12, 1e15), meaning="compute of a device that waits for nothing", unit="FLOP/s"),)
(peak_reached,) = symbols(*parameters)
PARAMS, STATES = {"bandwidth": 70e9, "peak_reached": 70e12}, {"bandwidth": 1.5e12, "peak_reached": 70e12}

offload = Law(
    name="offload",
    formula=ait * bandwidth / (ait * bandwidth + peak_reached),
    parameters=parameters,
    columns=("intensity", "bandwidth"),
    response="efficiency",
    response_unit="fraction",
    objective=Objective(space="linear", loss="l2"),
    question="Which bandwidth keeps a device busy whose parameters or states lie in host memory or on disk?",
    source="Rajbhandari et al. 2021, arXiv:2104.07857 (as quoted by a summary)",
    published=(Published("V100, as in the paper's figures", {"peak_reached": 70e12}),),
    example={"intensity": 4096.0, "bandwidth": 70e9, "peak_reached": 70e12},
    worked=(
        *(
            Worked(f"parameters and gradients, batch {b}", {"intensity": 1024.0 * b, **PARAMS}, v, within=6e-5)
            for b, v in ((1, 0.5059), (2, 0.6719), (4, 0.8038), (16, 0.9425))
        ),
        *(
            Worked(f"optimizer states, batch {b}", {"intensity": 256.0 * b, **STATES}, v, within=6e-5)
            for b, v in ((1, 0.8458), (2, 0.9165), (4, 0.9564), (16, 0.9887))
        ),
    ),
    avoid="Transfers that overlap with compute; intensities per token instead of per byte.",
)
