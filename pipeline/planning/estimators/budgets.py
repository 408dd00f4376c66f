"""Small accounts of compute that plans of special recipes need. FLOP, tokens, hours."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def steps_of_hours(hours: float, tokens_per_second: float, batch_size: float, sequence_length: float) -> float:
    """Optimizer steps in so many accelerator hours at a throughput (Languini Kitchen)."""
    return hours * 3600 * tokens_per_second / (batch_size * sequence_length)


def steps_of_flops(flops: float, params: float, batch_size: float, sequence_length: float) -> int:
    """Whole steps that a compute budget buys: C / (6 N tokens a step)."""
    return int(flops / (6 * params * batch_size * sequence_length))


def datastore_flops(params: float, tokens: float, retriever: float, store_tokens: float) -> float:
    """Training of the model and one pass of the retriever over its store: 6 N D + 2 N_r D_s (Shao et al. 2024)."""
    return 6 * params * tokens + 2 * retriever * store_tokens


def tokens_beside_store(flops: float, params: float, retriever: float, store_tokens: float) -> float:
    """Training tokens that remain of a compute budget beside the store."""
    return (flops - datastore_flops(0, 0, retriever, store_tokens)) / (6 * params)


def amortised_models(shared: float, train: float, search: float, search_shared: float = 0.0) -> float:
    """Number of models from which a once-for-all network pays: C_ofa / (C_train + C_search - c_search) (Cai et al. 2020)."""
    each = train + search - search_shared
    return shared / each if each > 0 else np.inf


def subnets(kernels: int = 3, widths: int = 3, depths: Sequence[int] = (2, 3, 4), units: int = 5) -> int:
    """Networks inside a once-for-all network: (sum over depths of (kernels·widths)^depth)^units."""
    return int(sum((kernels * widths) ** d for d in depths) ** units)


def diversity(same: Sequence[Sequence[float]]) -> float:
    """Idea diversity of samples: 1 - mean over problems of the mean of "same idea" over pairs (PlanSearch)."""
    return 1 - float(np.mean([np.mean(pairs) for pairs in same if len(pairs)]))


def relative_gain(pass_1: float, pass_k: float) -> float:
    """(pass@k - pass@1) / pass@1."""
    return (pass_k - pass_1) / pass_1


def effective_samples(weights: Sequence[float]) -> float:
    """Effective sample size of particle weights: (sum w)^2 / sum w^2."""
    w = np.asarray(weights, dtype=float)
    return float(w.sum() ** 2 / np.sum(w**2))


def compound_factors(growth: float, width_share: float) -> dict[str, float]:
    """Depth, width and resolution factors that multiply a network's FLOPs by `growth` (Dollar et al. 2021)."""
    rest = (1 - width_share) / 2
    return {"depth": growth**rest, "width": growth ** (width_share / 2), "resolution": growth ** (rest / 2)}
