"""The segments of a run between the ends of epochs of its pools: in one of them every pool is in one epoch."""

from __future__ import annotations

import numpy as np

Array = np.ndarray


def chains(seen: Array, chain: Array, per_epoch: Array) -> tuple[Array, Array, Array, Array]:
    """Lengths (S,) of the segments of all chains, one after another, the epochs (S, K) that the pools are in, the chain of each
    segment, and the segment with which each row ends.

    Rows in their first epoch need no epochs' ends.
    """
    if (seen <= per_epoch[chain].min(axis=1)).all():
        return _first_epochs(seen, chain, per_epoch)
    parts = [_segments(seen[chain == i], lengths) for i, lengths in enumerate(per_epoch)]
    many = np.array([len(length) for length, *_ in parts])
    end, start = np.empty(len(seen), int), np.cumsum(many) - many
    for i, (*_, last) in enumerate(parts):
        end[chain == i] = start[i] + last
    length, epoch = (np.concatenate([part[k] for part in parts]) for k in range(2))
    return length, epoch, np.repeat(np.arange(len(parts)), many), end


def _first_epochs(seen: Array, chain: Array, per_epoch: Array) -> tuple[Array, Array, Array, Array]:
    """What `chains` finds where no row goes beyond its first epoch: the stretches between rows alone."""
    if len(per_epoch) == len(seen):
        length = np.empty(len(seen))
        length[chain] = seen
        return length, np.zeros_like(per_epoch), np.arange(len(seen)), chain
    points, end = distinct(np.stack([chain, seen], axis=1))
    of, before = points[:, 0].astype(int), np.append(0.0, points[:-1, 1])
    before[np.searchsorted(of, np.arange(len(per_epoch)))] = 0.0
    return points[:, 1] - before, np.zeros((len(of), per_epoch.shape[1])), of, end


def distinct(rows: Array) -> tuple[Array, Array]:
    """The distinct rows (D, K) of an array (n, K) in rising order, and which of them each row is.

    What `np.unique` says along axis 0, which compares whole rows one by one: here columns that never change are left out, and
    the others are sorted each by itself.
    """
    varied = rows[:, (rows != rows[:1]).any(axis=0)]
    if not varied.size:
        return rows[:1], np.zeros(len(rows), int)
    order = np.lexsort(varied.T[::-1])
    risen = varied[order]
    new = np.append(True, (risen[1:] != risen[:-1]).any(axis=1))
    place = np.empty(len(rows), int)
    place[order] = np.cumsum(new) - 1
    return rows[order[new]], place


def _segments(seen: Array, per_epoch: Array) -> tuple[Array, Array, Array]:
    """Lengths (S,) of the stretches between the ends of epochs and rows up to the largest of `seen`, the epoch (S, K) that each
    pool is in, and the segment with which each row ends."""
    most = seen.max()
    ends = [np.arange(1, np.floor(most / length) + 1) * length for length in np.unique(per_epoch)]
    points = np.unique(np.concatenate([*ends, seen]))
    points = points[points <= most]
    before = np.concatenate([[0.0], points[:-1]])
    return points - before, np.floor((before + points)[:, None] / 2 / per_epoch), np.searchsorted(points, seen)
