"""Hours, devices and memory: throughput against their number."""
