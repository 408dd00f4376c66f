"""The segments of a run between the ends of epochs of its pools: in one of them every pool is in one epoch."""

from __future__ import annotations

import numpy as np

Array = np.ndarray


def chains(seen: Array, chain: Array, per_epoch: Array) -> tuple[Array, Array, Array, Array]:
    """Lengths (S,) of the segments of all chains, one after another, the epochs (S, K) that the pools are in, the chain of each
    segment, and the segment with which each row ends.

    Rows in their first epoch, each of its own mixture, are one segment each.
    """
    if len(per_epoch) == len(seen) and (seen <= per_epoch[chain].min(axis=1)).all():
        length = np.empty(len(seen))
        length[chain] = seen
        return length, np.zeros_like(per_epoch), np.arange(len(seen)), chain
    parts = [_segments(seen[chain == i], lengths) for i, lengths in enumerate(per_epoch)]
    many = np.array([len(length) for length, *_ in parts])
    end, start = np.empty(len(seen), int), np.cumsum(many) - many
    for i, (*_, last) in enumerate(parts):
        end[chain == i] = start[i] + last
    length, epoch = (np.concatenate([part[k] for part in parts]) for k in range(2))
    return length, epoch, np.repeat(np.arange(len(parts)), many), end


def _segments(seen: Array, per_epoch: Array) -> tuple[Array, Array, Array]:
    """Lengths (S,) of the stretches between the ends of epochs and rows up to the largest of `seen`, the epoch (S, K) that each
    pool is in, and the segment with which each row ends."""
    most = seen.max()
    ends = [np.arange(1, np.floor(most / length) + 1) * length for length in np.unique(per_epoch)]
    points = np.unique(np.concatenate([*ends, seen]))
    points = points[points <= most]
    before = np.concatenate([[0.0], points[:-1]])
    return points - before, np.floor((before + points)[:, None] / 2 / per_epoch), np.searchsorted(points, seen)
