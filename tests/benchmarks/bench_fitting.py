"""The law engine against SciPy on the public Chinchilla points; nothing is measured where the public runs are absent."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from scipy.optimize import minimize

from pipeline.fitting import certify, fit
from pipeline.fitting.problem import Problem
from pipeline.fitting.setup import searched, set_up
from pipeline.fitting.uncertainty.resampling import Resampler, resample, run_weights, tile_for
from pipeline.laws import laws
from pipeline.laws.engine.compile import compiled
from pipeline.laws.engine.rows import Rows

POINTS = Path(__file__).resolve().parents[3] / "shared" / "data" / "epoch_chinchilla" / "svg_extracted_data.csv"
CHINCHILLA = laws["chinchilla"]
DRAWS, SCIPY = 4000, 60


def _median(call: Callable[[], Any], times: int = 5) -> float:
    """Median CPU seconds of a call on one thread: what else the machine does is not counted."""
    taken = []
    for _ in range(times):
        begun = time.process_time()
        call()
        taken.append(time.process_time() - begun)
    return float(np.median(taken))


def _points() -> pl.DataFrame:
    frame = pl.read_csv(POINTS).sort("loss").head(240)
    params = pl.col("Model Size")
    return frame.select(params=params, data_seen=pl.col("Training FLOP") / (6 * params), loss="loss")


def _scipy_draw(frame: pl.DataFrame, begin: np.ndarray, weight: np.ndarray) -> float:
    """One warm-started L-BFGS-B with analytic gradient, as a careful user writes it; the objective is divided by delta."""
    n, d, y = (np.log(frame[c].to_numpy()) for c in ("params", "data_seen", "loss"))
    delta = 1e-3

    def objective(w: np.ndarray) -> tuple[float, np.ndarray]:
        e, a, b = np.exp(w[0]), np.exp(w[1] - w[3] * n), np.exp(w[2] - w[4] * d)
        total = e + a + b
        r = np.log(total) - y
        slope = np.clip(r, -delta, delta)
        c = weight * slope / total
        gradient = np.array([e * c.sum(), c @ a, c @ b, -(c * n) @ a, -(c * d) @ b])
        return float(weight @ (slope * (r - slope / 2))) / delta, gradient / delta

    return (
        float(minimize(objective, begin, jac=True, method="L-BFGS-B", options={"ftol": 0, "gtol": 1e-10, "maxiter": 2000}).fun)
        * delta
    )


def _resampling(frame: pl.DataFrame) -> Iterator[dict[str, Any]]:
    setup = set_up(CHINCHILLA, frame, CHINCHILLA.objective, None, None)
    found = searched(setup, 0, None, None)
    size = tile_for(DRAWS, setup.problem.rows.n * setup.problem.free.size)
    task = Resampler(setup.problem, found.best.w[None], np.arange(240), np.ones(240), "classic", 0, size=size)
    resample(task, 256)
    ours = _median(lambda: resample(task, DRAWS), 3)
    weight, begin = run_weights("classic", 240, 0, 0, size), found.best.w.copy()
    begin[3:] = np.exp(begin[3:])
    theirs = _median(lambda: [_scipy_draw(frame, begin, weight[k]) for k in range(SCIPY)], 3) * DRAWS / SCIPY
    yield _row("4000 resamples of 240 points, one thread, against warm L-BFGS-B", theirs / ours, ours, "s", "<= 0.30 s, >= 60x")
    mine = task.tile(0)[2]
    worst = max(mine[k] / _scipy_draw(frame, begin, weight[k]) - 1 for k in range(SCIPY))
    yield _row("worst draw above SciPy's end (relative)", None, max(worst, 0.0), "", "<= 1e-9")


def _one_pool() -> Iterator[dict[str, Any]]:
    """Milliseconds of a fit of repeated utility to five noise-free points of one pool, and how far its constants are off."""
    law, seen, size = laws["repeated_utility"], [12.8e6 * k for k in (1, 2, 4, 7, 10)], np.full((5, 1), 12.8e6)
    rows = Rows({"data_seen": np.array(seen)}, {"share": np.ones((5, 1)), "unique": size, "size": size}, ("pool",), 5)
    truth = {"a": 0.025, "d": 0.1, "b[pool]": -0.16, "tau[pool]": 5.0}
    error = compiled(law).value(np.array([list(truth.values())]), rows)[0]
    frame = pl.DataFrame({"run_key": list("vwxyz"), "data_seen": seen, "pool": "pool", "data_unique": 12.8e6, "value": error})
    for given, fix in (("a and d given", {"a": 0.025, "d": 0.1}), ("all four free", None)):
        found = fit(law, frame, draws=0, fix=fix)
        off = max(abs(found.parameters[name] / value - 1) for name, value in truth.items())
        yield _row(f"repeated utility, one pool, 5 exact points, {given}: largest relative error", None, off, "", "<= 1e-8")
        setup = set_up(law, frame, law.objective, fix, None)
        searching = _median(lambda s=setup: searched(s, 0, None, None)) * 1e3  # type: ignore[misc]
        yield _row(f"  its search, {given}", None, searching, "ms", "<= 5 ms")
        whole = _median(lambda f=fix: fit(law, frame, draws=0, fix=f)) * 1e3  # type: ignore[misc]
        yield _row(f"  the whole fit with certificate, {given}", None, whole, "ms", "")


def _pools() -> Iterator[dict[str, Any]]:
    """Seconds of 1000 resamples of all CLIP pools jointly, and of a SciPy draw warm-started on the same sums."""
    from tests.laws.test_mixture_forecasts import POOLS, curves

    law, frame = laws["repeated_utility"], curves(POINTS.parents[1] / "clip_pools_buckets" / "pool_learning_curves.csv")
    setup = set_up(law, frame, law.objective, None, POOLS)
    best = searched(setup, 0, None, None).best.w
    task = Resampler(setup.problem, best[None], setup.observed.run, np.ones(frame.height), "bayesian", 0)
    seconds = _median(lambda: resample(task, 1000), 3)
    weight = run_weights("bayesian", task.runs, 0, 0)[:, task.run]

    def scipy_draw(k: int) -> None:
        def objective(w: np.ndarray) -> tuple[float, np.ndarray]:
            value, gradient, *_ = setup.problem.evaluate(w[None], weight[k])
            return float(value[0]), gradient[0]

        minimize(objective, best, jac=True, method="L-BFGS-B", options={"ftol": 0, "gtol": 1e-10, "maxiter": 2000})

    theirs = _median(lambda: [scipy_draw(k) for k in range(5)], 1) * 200
    yield _row("11 CLIP curves jointly, 1000 resamples, against warm L-BFGS-B", theirs / seconds, seconds, "s", "<= 3 s")


def _row(name: str, ratio: float | None, value: float, unit: str, target: str) -> dict[str, Any]:
    return {"name": name, "ratio": ratio, "value": value, "unit": unit, "target": target}


def _linear_cost() -> Iterator[dict[str, Any]]:
    """Seconds a point of one evaluation of 64 parameter vectors, at 10⁶ and at 10⁴ points."""
    cost = {}
    for points in (10_000, 1_000_000):
        rng = np.random.default_rng(0)
        rows = Rows({"params": 10 ** rng.uniform(7, 10, points), "data_seen": 10 ** rng.uniform(9, 12, points)})
        theta = np.tile([1.8, 480.0, 2100.0, 0.35, 0.37], (64, 1))
        target = np.log(compiled(CHINCHILLA).value(theta[:1], rows)[0])
        setup = set_up(CHINCHILLA, _points(), CHINCHILLA.objective, None, None)
        problem = Problem(compiled(CHINCHILLA), rows, target, CHINCHILLA.objective, setup.problem.coordinates, np.arange(5))
        w, weight = problem.coordinates.working(theta), np.ones(points)
        cost[points] = _median(lambda p=problem, w=w, q=weight: p.evaluate(w, q), 3) / points / 64  # type: ignore[misc]
    ratio = cost[1_000_000] / cost[10_000]
    yield _row("cost of a point at 10^6 points over its cost at 10^4", ratio, cost[1_000_000] * 1e9, "ns", "about 1x")


def benchmarks() -> Iterator[dict[str, Any]]:
    """All rows of this part."""
    if not POINTS.exists():
        return
    frame = _points()
    cold = fit(CHINCHILLA, frame, draws=0)
    yield _row(
        "64 starts and the certificate, 240 points",
        None,
        _median(lambda: fit(CHINCHILLA, frame, draws=0)) * 1e3,
        "ms",
        "<= 100 ms",
    )
    yield _row(
        "starts that reach the best objective", None, cold.certificate.reached_best, f"of {cold.certificate.starts}", "all"
    )
    warm = _median(lambda: fit(CHINCHILLA, frame, draws=0, warm_start=cold)) * 1e3
    yield _row("warm start with audit, 240 points, held-out fits and misfit included", None, warm, "ms", "<= 20 ms")
    point = _median(lambda: certify(CHINCHILLA, frame, cold.parameters)) * 1e3
    yield _row("  the search from there, its audit and the point certificate alone", None, point, "ms", "<= 20 ms")
    yield from _resampling(frame)
    yield from _linear_cost()
    yield from _one_pool()
    yield from _pools()
