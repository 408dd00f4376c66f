"""Laws that only the forecasts of the wind tunnel fit: rivals that the law book of their day had not."""

from __future__ import annotations

from dataclasses import replace

import sympy as sp

from pipeline.laws import laws
from pipeline.laws.law import Law, Parameter, member_column, pool_sum, positive, run_column, symbols

N, D = run_column("params"), run_column("data_seen")
share, unique = member_column("share"), member_column("unique")


def joint_power() -> Law:
    """Size and data under one power, with a floor: E + ((N_scale/N)^α + (D_scale/D)^β)^κ; κ = 1 adds the terms."""
    held = (
        Parameter("E", start=(0.3, 0.99), meaning="irreducible loss", unit="nats per token"),
        *positive("N_scale", start=(1e2, 1e8), meaning="size at which the size term is 1", unit="parameters"),
        *positive("D_scale", start=(1e3, 1e9), meaning="data at which the data term is 1", unit="tokens"),
        *positive("alpha beta", start=(0.3, 2.0), meaning="exponents of size and data under the joint power"),
        *positive("kappa", start=(0.05, 1.0), meaning="joint exponent"),
    )
    E, N_scale, D_scale, alpha, beta, kappa = symbols(*held)
    return replace(
        laws["chinchilla"],
        name="joint_power",
        formula=E + ((N_scale / N) ** alpha + (D_scale / D) ** beta) ** kappa,
        parameters=held,
        linear=("E",),
        source="Videau et al. 2026, arXiv:2608.07222; Kaplan et al. 2020, arXiv:2001.08361, with a floor",
        published=(),
        example={"params": 1e5, "data_seen": 1e7, "E": 1.0, "N_scale": 1e4, "D_scale": 1e6, "alpha": 1.0, "beta": 1.0}
        | {"kappa": 0.3},
    )


def pooled_logarithm() -> Law:
    """The pooled law in which repeats add U·R·ln(1 + repeats/R), without a ceiling; at one size, so that E holds A/N^α."""
    base = laws["pooled_effective_loss"]
    by_name = {parameter.name: parameter for parameter in base.parameters}
    held = tuple(by_name[name] for name in ("E", "B", "beta", "q", "R"))
    E, B, beta, q, R = symbols(*held)
    seen = share * D
    worth = sp.Piecewise((seen, seen <= unique), (unique * (1 + R * sp.log(1 + (seen / unique - 1) / R)), True))
    return replace(
        base,
        name="pooled_logarithm",
        formula=E + B / pool_sum(q * worth) ** beta,
        parameters=held,
        columns=("data_seen",),
        linear=("E", "B"),
        example={name: value for name, value in base.example.items() if name not in ("params", "A", "alpha")},
        variant_of="pooled_effective_loss",
    )
