"""Ways to damage a log: cut, flipped, doubled, reordered, with columns swapped, or in another encoding."""

import csv
import gzip
import io
import random
import sqlite3
import tempfile
from collections.abc import Callable
from pathlib import Path

import polars as pl

Damage = Callable[[bytes, random.Random], bytes]
ENCODINGS = ("utf-16", "utf-16-le", "utf-16-be", "utf-8-sig", "utf-32", "latin-1", "cp037", "shift_jis")
LONG = "".join(f"r{i % 3},loss,train,{i},{5 - i / 50}\n" for i in range(40))
TEXTS = {
    "a.measurements.csv": "run_id,metric,split,step,value\n" + LONG,
    "a.measurements.tsv": "run_id\tmetric\tsplit\tstep\tvalue\n" + LONG.replace(",", "\t"),
    "b.runs.csv": 'run_id,params,data_seen,metric:loss,note\nr1,1e6,1e8,3.5,"a, b"\nr2,2e6,1e8,3.1,\n',
    "c.measurements.jsonl": "".join(f'{{"run_id": "q", "step": {i}, "metric:loss": {4 - i / 9}}}\n' for i in range(20)),
    "d.log": "".join(f"s:{i} trl:{9 - i / 5}\n" for i in range(30)),
    "trainer_state.json": '{"log_history": [{"step": 1, "loss": 2.5}, {"step": 2, "loss": 2.0}], "global_step": 2}',
    "e.csv": '"Name","State","Created","Runtime","lr","val/loss"\n"x","finished","2026-01-01T00:00:00Z","5","0.1","2.5"\n',
    "chart.csv": '"Step","r1 - val/loss","r1 - val/loss__MIN","r1 - val/loss__MAX"\n10,3,2.9,3.1\n20,2.5,2.4,2.6\n',
    "metrics.csv": "epoch,step,train_loss,val_loss\n0,1,3.5,\n0,2,,3.4\n1,3,3.1,\n",
    "results.jsonl": '{"imagenet-zeroshot-val-top1": 0.25, "epoch": 1}\n{"imagenet-zeroshot-val-top1": 0.5, "epoch": 2}\n',
    "p.pool_members.csv": "pool,member,share,data_unique\nu,a,0.5,10\nu,b,0.5,10\n",
}


def seeds() -> dict[str, bytes]:
    """A small good file of many formats, by name."""
    found = {name: text.encode() for name, text in TEXTS.items()}
    found["z.measurements.csv.gz"] = gzip.compress(found["a.measurements.csv"], mtime=0)
    table = io.BytesIO()
    pl.read_csv(found["a.measurements.csv"]).write_parquet(table)
    return {**found, "t.measurements.parquet": table.getvalue(), "trackio.db": _trackio()}


def _trackio() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.db"
        with sqlite3.connect(path) as connection:
            connection.execute("CREATE TABLE metrics (id INTEGER, run_name TEXT, step INTEGER, metrics TEXT, timestamp TEXT)")
            rows = [(i, "r", i, f'{{"loss": {3 - i / 9}}}', "2026-01-01T00:00:00") for i in range(9)]
            connection.executemany("INSERT INTO metrics VALUES (?, ?, ?, ?, ?)", rows)
        connection.close()
        return path.read_bytes()


def cut(content: bytes, dice: random.Random) -> bytes:
    """The beginning only, as of a file that is still being copied."""
    return content[: _place(content, dice)]


def flip(content: bytes, dice: random.Random) -> bytes:
    """One byte is another one."""
    place = _place(content, dice)
    return content[:place] + bytes([dice.randrange(256)]) + content[place + 1 :]


def double(content: bytes, dice: random.Random) -> bytes:
    """A part comes twice."""
    place = _place(content, dice)
    return content[:place] + content[place // 2 :]


def reorder(content: bytes, dice: random.Random) -> bytes:
    """Lines in another order, the header too."""
    lines = content.splitlines(keepends=True)
    dice.shuffle(lines)
    return b"".join(lines)


def replace(content: bytes, dice: random.Random) -> bytes:
    """Signs that mean something are gone, doubled, or others."""
    old = dice.choice([b",", b"\t", b"\n", b"1", b'"', b":", b"loss", b"run_id"])
    return content.replace(
        old, dice.choice([b"", b",,", b"\r\n", b"\r", b"nan", b"inf", b"-1", b"1e999", b'"', b"\x00", b"\xff"])
    )


def encode(content: bytes, dice: random.Random) -> bytes:
    """The text in another encoding, or two encodings in one file."""
    text, other = content.decode("utf-8", errors="replace"), dice.choice(ENCODINGS)
    if dice.random() < 0.5:
        return text.encode(other, errors="replace")
    place = _place(content, dice)
    return content[:place] + content[place:].decode("utf-8", errors="replace").encode(other, errors="replace")


def swap(content: bytes, dice: random.Random) -> bytes:
    """Columns change places: in all rows, or in the header alone, or in one row alone."""
    text = content.decode("utf-8", errors="replace")
    delimiter = "\t" if "\t" in text[:200] else ","
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter=delimiter))
    except csv.Error:
        return content
    width = max((len(row) for row in rows), default=0)
    if width < 2:
        return content
    one, two = dice.sample(range(width), 2)
    chosen = dice.choice([range(len(rows)), range(1), range(dice.randrange(len(rows)), len(rows))])
    for place in chosen:
        if len(rows[place]) > max(one, two):
            rows[place][one], rows[place][two] = rows[place][two], rows[place][one]
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return out.getvalue().encode(errors="replace")


WAYS: tuple[Damage, ...] = (cut, flip, double, reorder, replace, encode, swap)


def damaged(content: bytes, dice: random.Random) -> bytes:
    """Damaged in one of the ways."""
    return dice.choice(WAYS)(content, dice)


def _place(content: bytes, dice: random.Random) -> int:
    return dice.randrange(max(len(content), 1))
