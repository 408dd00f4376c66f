"""Laws that only the forecasts of the wind tunnel fit: rivals that the law book of their day had not."""

from __future__ import annotations

from dataclasses import replace

import sympy as sp

from pipeline.laws import laws
from pipeline.laws.law import Law, Parameter, member_column, pool_sum, positive, run_column, symbols

N, D, U = run_column("params"), run_column("data_seen"), run_column("data_unique")
share, unique = member_column("share"), member_column("unique")
clean, generic, scarce = run_column("clean_seen"), run_column("generic_seen"), run_column("clean_unique")
FLOOR = Parameter("E", start=(0.3, 0.99), meaning="irreducible loss", unit="nats per token")
SIZE = (Parameter("A", meaning="size coefficient"), Parameter("alpha", start=(0.05, 1.0), meaning="size exponent"))
DATA = (Parameter("B", meaning="data coefficient"), Parameter("beta", start=(0.05, 1.0), meaning="data exponent"))


def joint_power() -> Law:
    """Size and data under one power, with a floor: E + ((N_scale/N)^α + (D_scale/D)^β)^κ; κ = 1 adds the terms."""
    held = (
        FLOOR,
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


def _of_streams(name: str, formula: sp.Expr, parameters: tuple[Parameter, ...], columns: tuple[str, ...], source: str) -> Law:
    """A law of columns that only these frames have."""
    example = dict.fromkeys(columns, 1e6) | {parameter.name: 0.5 for parameter in parameters}
    base = replace(laws["chinchilla"], published=(), valid_range={}, avoid="")
    linear = tuple(each.name for each in parameters if each.name in ("E", "A"))
    return replace(
        base, name=name, formula=formula, parameters=parameters, columns=columns, linear=linear, source=source, example=example
    )


def penalty() -> Law:
    """Repeats that hurt: E + A/N^α + B/D^β + P·R·N/U with R = D/U − 1 repetitions (Lovelace et al. 2026)."""
    held = (FLOOR, *SIZE, *DATA, Parameter("P", start=(1e-4, 0.1), meaning="price of repeats", unit="nats per token"))
    E, A, alpha, B, beta, P = symbols(*held)
    formula = E + A / N**alpha + B / D**beta + P * (D / U - 1) * N / U
    return _of_streams("penalty", formula, held, ("params", "data_seen", "data_unique"), "Lovelace et al. 2026, arXiv:2605.01640")


def logarithm() -> Law:
    """Repeats worth ever less, without a ceiling: E + A/N^α + B/(U·ln(1 + D/U))^β."""
    held = (FLOOR, *SIZE, *DATA)
    E, A, alpha, B, beta = symbols(*held)
    formula = E + A / N**alpha + B / (U * sp.log(1 + D / U)) ** beta
    return _of_streams("logarithm", formula, held, ("params", "data_seen", "data_unique"), "Lawbook's own")


def scarce_target() -> Law:
    """Scarce text at share h of the stream, at one size: E + B/D_eff^β + γ·h (Sedova et al. 2026).

    D_eff = T·r_eff + τ·generic tokens; r = epochs of the scarce text, worth r below one, then 1 + r1·(1 − exp(−(r − 1)/r1)).
    """
    held = (
        FLOOR, *DATA, *positive("r1", start=(1.0, 30.0), meaning="repetition scale", unit="epochs"),
        *positive("tau", start=(0.05, 1.0), meaning="worth of a generic token"),
        *positive("gamma", start=(0.001, 0.3), meaning="price of too little generic text", unit="nats per token"),
    )  # fmt: skip
    E, B, beta, r1, tau, gamma = symbols(*held)
    epochs = clean / scarce
    worth = sp.Piecewise((epochs, epochs <= 1), (1 + r1 * (1 - sp.exp(-(epochs - 1) / r1)), True))
    formula = E + B / (scarce * worth + tau * generic) ** beta + gamma * clean / (clean + generic)
    return _of_streams(
        "scarce_target", formula, held, ("clean_seen", "generic_seen", "clean_unique"), "Sedova et al. 2026, arXiv:2605.12715"
    )


def harm() -> Law:
    """A second source that helps few tokens a parameter and harms many: E + A/N^α + B·D_eff^(−β)·(1 + H) (Russell et al. 2026).

    D_eff = clean + η·second, H = γ·(clean/N)^u·ln(1 + second/clean): the second source is worth less than nothing where H grows
    faster than what D_eff gains.
    """
    held = (
        FLOOR, *SIZE, *DATA, *positive("eta", start=(0.05, 1.0), meaning="worth of a token of the second source"),
        *positive("gamma", start=(0.001, 1.0), meaning="harm at one clean token a parameter"),
        *positive("u", start=(0.1, 1.5), meaning="growth of the harm with tokens a parameter"),
    )  # fmt: skip
    E, A, alpha, B, beta, eta, gamma, u = symbols(*held)
    harmed = 1 + gamma * (clean / N) ** u * sp.log(1 + generic / clean)
    formula = E + A / N**alpha + B / (clean + eta * generic) ** beta * harmed
    return _of_streams("harm", formula, held, ("params", "clean_seen", "generic_seen"), "Russell et al. 2026, arXiv:2609.40295")
