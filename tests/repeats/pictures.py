"""The pictures of docs/mixtures.md: rivals of repetition on public runs, and the sign of a second pool."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import altair as alt
import numpy as np
import polars as pl
import vl_convert

from pipeline.fitting import Fit, fit
from pipeline.fitting.effort import REPLAY
from pipeline.laws import laws
from pipeline.laws.catalogue.mixtures.harmful_pool import C4
from pipeline.laws.engine.compile import compiled
from pipeline.laws.engine.rows import rows_from_frame

PICTURES = Path(__file__).resolve().parents[2] / "docs" / "pictures"
UNIQUE, SIZES = 1e8, (1.41e7, 8.27e7)
"""The unique tokens and model sizes of which the public runs have most epochs."""
EPOCHS = np.geomspace(1, 3000, 160)
RATIOS = (0.25, 1.0, 4.0)
WIDTH, HEIGHT = 330, 260


def save(chart: alt.TopLevelMixin, name: str) -> None:
    """Writes a picture as PNG."""
    PICTURES.joinpath(f"{name}.png").write_bytes(vl_convert.vegalite_to_png(chart.to_dict(), scale=1.3))


def curve(found: Fit, params: float) -> pl.DataFrame:
    """The law over epochs at one size."""
    frame = pl.DataFrame({"data_seen": UNIQUE * EPOCHS}).with_columns(params=params, data_unique=UNIQUE)
    return frame.with_columns(loss=pl.Series(found.value(frame)), law=pl.lit(found.law.name), epochs=pl.Series(EPOCHS))


def repeats(runs: pl.DataFrame, names: Sequence[str]) -> None:
    """Loss over epochs: the runs, and each rival as it was fitted to at most 100 epochs."""
    known = runs.filter(pl.col("data_seen") <= 100.5 * pl.col("data_unique"))
    fits = [fit(laws[name], known, draws=0, effort=REPLAY) for name in names]
    sides = []
    for params in SIZES:
        own = runs.filter(pl.col("params") == params, pl.col("data_unique") == UNIQUE)
        points = own.select(epochs=pl.col("data_seen") / UNIQUE, loss="value")
        top = float(points["loss"].max()) + 0.3  # type: ignore[arg-type]  # there are runs
        lines = pl.concat([curve(found, params) for found in fits]).filter(pl.col("loss") <= top)
        x, y = alt.X("epochs:Q", scale=alt.Scale(type="log"), title="epochs"), alt.Y("loss:Q", scale=alt.Scale(zero=False))
        drawn = alt.Chart(lines.to_pandas()).mark_line().encode(x, y, alt.Color("law:N", sort=list(names), title=None))
        dots = alt.Chart(points.to_pandas()).mark_point(filled=True, color="black", size=45).encode(x, y)
        limit = alt.Chart(pl.DataFrame({"epochs": [100.0]}).to_pandas()).mark_rule(strokeDash=[4, 4]).encode(x="epochs:Q")
        title = f"{params / 1e6:.3g} M parameters, 100 M unique tokens"
        sides.append((limit + drawn + dots).properties(width=WIDTH, height=HEIGHT, title=title))
    save(alt.hconcat(*sides).configure_legend(orient="bottom"), "repeats")


def signs() -> None:
    """What a second pool changes, by the printed constants of harmful_pool, over tokens of the first a parameter."""
    law = laws["harmful_pool"]
    theta = np.array([[*(C4[p.name] for p in law.parameters if p.per is None), 1.0, 0.0]])
    per, params, rows = np.geomspace(2, 80, 90), 1e8, []
    for ratio in (0.0, *RATIOS):
        parts = [("first", 1 / (1 + ratio)), ("second", ratio / (1 + ratio))]
        members = [{"pool": pool, "share": share, "unique": 1e15} for pool, share in parts if share]
        frame = pl.DataFrame({"data_seen": params * per * (1 + ratio)}).with_columns(params=params, members=pl.lit(members))
        value = compiled(law).value(theta, rows_from_frame(law, frame, ("first", "second")))[0]
        rows.append(pl.DataFrame({"per": per, "loss": value}).with_columns(ratio=ratio))
    alone = rows[0]["loss"]
    change = pl.concat([row.with_columns(change=pl.col("loss") - alone) for row in rows[1:]])
    lines = (
        alt.Chart(change.to_pandas())
        .mark_line()
        .encode(
            alt.X("per:Q", scale=alt.Scale(type="log"), title="tokens of the first pool a parameter"),
            alt.Y("change:Q", title="change of the loss (bits per byte)"),
            alt.Color("ratio:O", title="second pool over first"),
        )
    )
    zero = alt.Chart(pl.DataFrame({"change": [0.0]}).to_pandas()).mark_rule().encode(y="change:Q")
    save((zero + lines).properties(width=2 * WIDTH, height=HEIGHT), "sign-of-a-pool")
