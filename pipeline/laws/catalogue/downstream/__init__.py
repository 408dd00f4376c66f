"""Benchmarks from loss, size, data or what models have in common."""
