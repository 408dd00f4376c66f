"""Benchmark errors against a loss: the second stage of a chain. A run's loss, of any text or task, is its `loss`."""
