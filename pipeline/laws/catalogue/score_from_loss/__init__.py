"""Benchmark scores of which more is better against a loss: one less the errors of error_from_loss."""
