"""Devices, memory, throughput and prices."""
