"""What the wind tunnel's runs on scarce, mixed and repeated data say without a law: a part of docs/wind_tunnel.md."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import polars as pl

RUNS = Path(__file__).resolve().parents[2] / "data" / "runs"
TARGET, PROXY = 2097152, 262144
WITHIN = 0.1
"""How near a proxy's best share must come to the target's."""


def final(*groups: str, folder: Path = RUNS) -> pl.DataFrame:
    """The shipped runs of these groups, sealed ones too, with their final clean validation loss."""
    paths = [path for group in groups for path in sorted(folder.rglob(f"{group}.runs.parquet"))]
    runs = pl.concat([pl.read_parquet(path) for path in paths], how="diagonal_relaxed")
    logs = [Path(str(path).replace(".runs.", ".measurements.")) for path in paths]
    loss = pl.concat([pl.read_parquet(path) for path in logs], how="diagonal_relaxed")
    last = loss.filter(metric="loss", split="validation", task="clean").sort("step").group_by("run_id").last()
    return runs.join(last.select("run_id", loss="value"), on="run_id").sort("run_id")


def best_share(losses: Mapping[float, float]) -> float:
    """Where a parabola in ln share through the least loss and its neighbours is lowest; at an edge, the edge."""
    shares = sorted(losses)
    at = int(np.argmin([losses[share] for share in shares]))
    if not 0 < at < len(shares) - 1:
        return shares[at]
    near = shares[at - 1 : at + 2]
    curve, slope, _ = np.polyfit(np.log(near), [losses[share] for share in near], 2)
    return float(np.exp(-slope / (2 * curve)))


def streams(runs: pl.DataFrame, tokens: int, unique: int) -> list[dict[float, float]]:
    """Loss by share of scarce text, for every choice of one seed a share."""
    rows = runs.filter((pl.col("data_seen") == tokens) & (pl.col("clean_unique") == unique))
    by_share = {share: part["loss"].to_list() for (share,), part in rows.group_by("clean_share")}
    return [dict(zip(by_share, chosen, strict=True)) for chosen in itertools.product(*by_share.values())]


def proxies() -> dict[str, list[float]]:
    """Best shares: of the target, of the proxies whose epochs match its, and of those that keep all of the scarce text."""
    runs = final("scarce", "sealed-scarce")
    asked = {"target": (TARGET, 65536), "matched": (PROXY, 8192), "unmatched": (PROXY, 65536)}
    return {name: [best_share(one) for one in streams(runs, *place)] for name, place in asked.items()}


def proxy_table() -> str:
    """How often a proxy names the target's best share."""
    found = proxies()
    [target] = found["target"]
    rows = [f"| target | 2.1 M | 65 k | {target:.2f} |  |  |\n"]
    for name, unique in (("matched", "8 k"), ("unmatched", "65 k")):
        shares = np.array(found[name])
        near = np.mean(np.abs(shares - target) <= WITHIN)
        cells = (name, "0.26 M", unique, f"{shares.min():.2f} to {shares.max():.2f}", f"{np.median(shares):.2f}", f"{near:.0%}")
        rows.append("| " + " | ".join(cells) + " |\n")
    head = f"| runs | tokens | scarce text | best share | median | within {WITHIN} of the target's |\n|---|---|---|---|---|---|\n"
    return head + "".join(rows)


def signs() -> pl.DataFrame:
    """size, clean tokens, tokens a parameter, and by how much as much noise lowers the loss (nats; negative: it harms)."""
    runs = final("flip", "sealed-flip").sort("size", "clean_unique")
    wide = runs.pivot("clean_share", index=["size", "params", "clean_unique"], values="loss", maintain_order=True)
    gain = (pl.col("1.0") - pl.col("0.5")).alias("gain")
    return wide.select("size", "clean_unique", (pl.col("clean_unique") / pl.col("params")).alias("ratio"), gain).drop_nulls()


def sign_table() -> str:
    """Where a second source turns from a help into a harm."""
    rows = [
        f"| {size} | {clean / 1e6:.2f} M | {ratio:.1f} | {gain:+.3f} |\n".replace("-", "−")
        for size, clean, ratio, gain in signs().iter_rows()
    ]
    return "| size | clean tokens | of these, a parameter | gain by noise |\n|---|---|---|---|\n" + "".join(rows)


def decays() -> pl.DataFrame:
    """size, unique tokens, epochs, and the losses at weight decay 0.1 and 1.0, where both were trained."""
    runs = final("repetition", "decay", "sealed-decay").filter(seed=0)
    keyed = runs.with_columns(
        decay=pl.col("weight_decay").fill_null(0.1), epochs=(pl.col("data_seen") / pl.col("data_unique")).round()
    )
    wide = keyed.pivot("decay", index=["size", "data_unique", "epochs"], values="loss").sort("size", "data_unique", "epochs")
    return wide.select("size", "data_unique", "epochs", weak="0.1", strong="1.0").drop_nulls()


def decay_table() -> str:
    """What ten times the weight decay does to repeats."""
    rows = [
        f"| {size} | {unique / 1e3:.0f} k | {epochs:.0f} | {weak:.3f} | {strong:.3f} |\n"
        for size, unique, epochs, weak, strong in decays().iter_rows()
    ]
    return "| size | unique tokens | epochs | decay 0.1 | decay 1.0 |\n|---|---|---|---|---|\n" + "".join(rows)


def section() -> str:
    """The whole part."""
    return f"""Clean validation loss, nats a token, one seed unless said; the data card says how the runs were made.

**Does a small run name the best share of scarce text?** A target of 2.1 M tokens, and proxies of an eighth of it at six shares
and two seeds: matched ones have an eighth of the scarce text too, so that its epochs are the target's. Best share: lowest point
of a parabola in ln share; the last columns count all choices of a seed at each share. Below a quarter the matched proxies are
flat within the seeds' spread (0.01), which is why they come near the target's best share and not always within {WITHIN} of it.

{proxy_table()}
**From how many tokens a parameter on does a second source harm?** Clean text once, alone and with as much more in which a
quarter of the symbols is replaced.

{sign_table()}
**What does ten times the weight decay do to repeats?**

{decay_table()}"""
