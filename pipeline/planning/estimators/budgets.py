"""Small accounts of compute that plans of special recipes need. FLOP, tokens, hours."""

from __future__ import annotations


def datastore_flops(params: float, tokens: float, retriever: float, store_tokens: float) -> float:
    """Training of the model and one pass of the retriever over its store: 6 N D + 2 N_r D_s (Shao et al. 2024)."""
    return 6 * params * tokens + 2 * retriever * store_tokens
