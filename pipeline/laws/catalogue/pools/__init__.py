"""Pools of different quality: which to train on, how often, and what pruning keeps."""
