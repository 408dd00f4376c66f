"""Damaged logs: no crash, no hang, no silent row."""

import random
from pathlib import Path

import pytest

from tests.ingest.conftest import Dropbox

SEEDS = {
    "a.measurements.csv": "run_id,metric,split,step,value\n"
    + "".join(f"r{i % 3},loss,train,{i},{5 - i / 50}\n" for i in range(40)),
    "b.runs.csv": 'run_id,params,data_seen,metric:loss,note\nr1,1e6,1e8,3.5,"a, b"\nr2,2e6,1e8,3.1,\n',
    "c.measurements.jsonl": "".join(f'{{"run_id": "q", "step": {i}, "metric:loss": {4 - i / 9}}}\n' for i in range(20)),
    "d.log": "".join(f"s:{i} trl:{9 - i / 5}\n" for i in range(30)),
    "trainer_state.json": '{"log_history": [{"step": 1, "loss": 2.5}, {"step": 2, "loss": 2.0}], "global_step": 2}',
    "e.csv": '"Name","State","Created","Runtime","lr","val/loss"\n"x","finished","2026-01-01T00:00:00Z","5","0.1","2.5"\n',
}


def damaged(content: bytes, dice: random.Random) -> bytes:
    """Cut, flipped, doubled, reordered or wrongly encoded."""
    kind, place = dice.randrange(6), dice.randrange(max(len(content), 1))
    if kind == 0:
        return content[:place]
    if kind == 1:
        return content[:place] + bytes([dice.randrange(256)]) + content[place + 1 :]
    if kind == 2:
        return content[:place] + content[place // 2 :]
    if kind == 3:
        lines = content.splitlines(keepends=True)
        dice.shuffle(lines)
        return b"".join(lines)
    if kind == 4:
        return content.decode("utf-8", errors="replace").encode(dice.choice(["utf-16", "utf-8-sig", "cp037"]), errors="replace")
    return content.replace(
        dice.choice([b",", b"\n", b"1", b'"', b":"]), dice.choice([b"", b",,", b"\r\n", b"nan", b'"', b"\x00"])
    )


def fuzz(box: Dropbox, shared: dict[str, bytes], cases: int) -> None:
    dice = random.Random(7)
    names = sorted(shared)
    for number in range(cases):
        name = names[number % len(names)]
        content = shared[name]
        for _ in range(dice.randrange(1, 4)):
            content = damaged(content, dice)
        box.drop(f"{number}/{name}", content)
    report = box.ingest()
    assert report.files + report.unchanged == cases
    assert report.totals.rows == report.totals.taken + report.totals.repeats + report.totals.filtered + report.quarantined
    assert box.rows("SELECT count(*) FROM quarantine") == [(report.quarantined,)]
    assert box.rows("SELECT count(*) FROM measurements WHERE NOT isfinite(value)") == [(0,)]


def test_damaged_logs_are_taken_or_refused_and_accounted_for(box: Dropbox) -> None:
    fuzz(box, {name: text.encode() for name, text in SEEDS.items()}, 120)


@pytest.mark.slow
def test_twenty_thousand_damaged_logs_are_accounted_for(box: Dropbox, shared_data: Path) -> None:
    real = {
        path.name: path.read_bytes()
        for path in sorted((shared_data / "log_fixtures").rglob("*"))
        if path.is_file() and path.suffix not in (".yaml", ".md")  # read with their neighbours; no logs
    }
    fuzz(box, {name: text.encode() for name, text in SEEDS.items()} | {n: c[:20_000] for n, c in real.items()}, 20_000)
