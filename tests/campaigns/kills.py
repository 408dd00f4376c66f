"""`make kill-campaign [KILLS=500]`: SIGKILL at random moments of ingest, refit, publish, compaction and migration.

After every kill the published file must answer, the store must open, account for each row of each file and hold nothing
twice; now and then, and at the end, all that was dropped must be there. A process that ended before its signal counts apart.
"""

import multiprocessing
import random
import shutil
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from multiprocessing.context import ForkServerContext
from multiprocessing.synchronize import Event
from pathlib import Path

import duckdb
import pytest

from pipeline.home import Home
from pipeline.ingest.ingest import ingest
from pipeline.refit.refit import refit
from pipeline.store.maintenance import compact
from pipeline.store.migrations import VERSION
from pipeline.store.publication.publish import publish
from pipeline.store.warehouse import Warehouse
from tests.campaigns.page import machine, table, write_part
from tests.operations.test_migrations import answers, unpack
from tests.small_home import SIZES, TOKENS, make_home, own_home, run_rows, without_report, write_runs

ROWS = 4000
TWICE = """SELECT
    (SELECT count(*) - count(DISTINCT run_key) FROM runs)
    + (SELECT count(*) - count(DISTINCT (run_key, metric, split, task, step, data_seen)) FROM measurements)
    + (SELECT count(*) - count(DISTINCT (content_hash, namespace, read_as)) FROM ingest_log)
    + (SELECT count(*) FROM ingest_log WHERE rows <> ingested + duplicates + filtered + quarantined)"""


def refit_plainly(root: Path) -> None:
    """A whole refit without its pictures."""
    with pytest.MonkeyPatch.context() as patch:
        without_report(patch)
        refit(Home.open(root))


def publish_anew(root: Path) -> None:
    """Publishes whatever was published last."""
    home = Home.open(root)
    with Warehouse(home) as warehouse:
        warehouse.connection.execute("DELETE FROM publications")
        publish(home, warehouse)


def compact_all(root: Path) -> None:
    """Moves everything to the history."""
    home = Home.open(root)
    with Warehouse(home) as warehouse:
        compact(home, warehouse.connection)


def ingest_all(root: Path) -> None:
    """Takes what is new."""
    ingest(Home.open(root))


def migrate_all(root: Path) -> None:
    """Opens a store of an older version."""
    with Warehouse(Home.open(root)):
        pass


def begin(kind: str, root: Path, ready: Event) -> None:
    """What a hunted process does: it says that it has begun, and works."""
    ready.set()
    WORK[kind](root)


class Campaign:
    """A home that is hunted, and what must be in it."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.dice, self.folder = random.Random(seed), folder
        self.home = make_home(folder / "home", "first")
        with (self.home.root / "config.toml").open("a", encoding="utf-8") as config:
            config.write("[retention]\nhistory_rows = 1\n")
        self.runs = self.values = len(SIZES) * len(TOKENS)
        self.dropped = 0
        self.died, self.done, self.longest = Counter[str](), Counter[str](), dict.fromkeys(WORK, 1.0)
        self.context: ForkServerContext = multiprocessing.get_context("forkserver")
        self.context.set_forkserver_preload(["tests.campaigns.kills"])
        refit_plainly(self.home.root)

    def drop(self, kind: str) -> None:
        """New logs: one run with its value, or a curve."""
        self.dropped += 1
        name = f"new-{self.dropped}"
        if kind == "refit":
            write_runs(
                self.home.inbox / "lab" / name, [{**run_rows("first")[0], "run_id": name, "params": 2e9 + 1e6 * self.dropped}]
            )
        else:
            lines = "".join(f"{name},loss,{step},{5 - step / ROWS}\n" for step in range(ROWS))
            (self.home.inbox / "lab" / f"{name}.measurements.csv").write_text("run_id,metric,step,value\n" + lines)
        self.runs, self.values = self.runs + 1, self.values + (1 if kind == "refit" else ROWS)

    def hunt(self, kind: str) -> None:
        """One process of that kind, killed at a random moment of its usual time; everything is looked at afterwards."""
        root = self.home.root
        if kind == "migration":
            root = self.old_store()
        elif kind in ("refit", "ingest", "compaction"):
            self.drop(kind)
        if kind == "compaction":
            ingest_all(root)
        ready = self.context.Event()
        process = self.context.Process(target=begin, args=(kind, root, ready))
        process.start()
        assert ready.wait(120)
        started = time.monotonic()
        process.join(self.dice.uniform(0, 1.1 * self.longest[kind]))
        process.kill()
        process.join()
        killed = process.exitcode == -signal.SIGKILL
        assert killed or process.exitcode == 0, f"{kind} ended with {process.exitcode}"
        (self.died if killed else self.done)[kind] += 1
        if not killed:
            self.longest[kind] = 0.5 * self.longest[kind] + 0.5 * (time.monotonic() - started)
        else:
            self.longest[kind] *= 1.02
        self.migrated(root) if kind == "migration" else self.check()

    def old_store(self) -> Path:
        """A home with the store of an older version."""
        root = self.folder / "old"
        shutil.rmtree(root, ignore_errors=True)
        home = own_home(root)
        self.version = self.dice.randrange(1, VERSION)
        unpack(self.version, home.work_db)
        self.before = answers(home.work_db)
        return root

    def migrated(self, root: Path) -> None:
        """A store whose migration was killed is migrated by the next start, and answers as before."""
        migrate_all(root)
        assert answers(root / "work.duckdb") == self.before

    def check(self, whole: bool = False) -> None:
        """The published file answers, the store opens and holds nothing twice; with `whole`, all that was dropped."""
        with duckdb.connect(str(self.home.published_db), read_only=True) as connection:
            assert connection.execute("SELECT count(*) > 0 FROM plan_compute_optimal").fetchall() == [(True,)]
        if whole:
            refit_plainly(self.home.root)
        with Warehouse(self.home) as warehouse:
            assert warehouse.connection.execute(TWICE).fetchall() == [(0,)]
            found = warehouse.connection.execute(
                "SELECT (SELECT count(*) FROM runs), (SELECT count(*) FROM measurements)"
            ).fetchall()
        assert not whole or found == [(self.runs, self.values)], (found, self.runs, self.values)


WORK: dict[str, Callable[[Path], None]] = {
    "ingest": ingest_all,
    "refit": refit_plainly,
    "publish": publish_anew,
    "compaction": compact_all,
    "migration": migrate_all,
}


def campaign(folder: Path, kills: int, seed: int = 0, minutes: float = 600, between: int = 25) -> Campaign:
    """Hunts until that many processes died at work, or the time is over; checks that all is there."""
    hunted, deadline = Campaign(folder, seed), time.monotonic() + 60 * minutes
    kinds = list(WORK)
    while hunted.died.total() < kills and time.monotonic() < deadline:
        number = hunted.died.total() + hunted.done.total()
        hunted.hunt(kinds[number % len(kinds)])
        if number % between == between - 1:
            hunted.check(whole=True)
            print(f"{hunted.died.total()} killed at work, {hunted.done.total()} done before: {dict(hunted.died)}", flush=True)
    hunted.check(whole=True)
    return hunted


def page(hunted: Campaign) -> str:
    """The counts by kind."""
    rows = [[kind, str(hunted.died[kind]), str(hunted.done[kind]), "0", "0"] for kind in WORK]
    rows.append(["all", str(hunted.died.total()), str(hunted.done.total()), "0", "0"])
    text = table(["process", "killed at work", "done before its signal", "lost", "twice"], rows)
    return f"{text}\n\n{hunted.runs:,} runs and {hunted.values:,} measurements were dropped and are there; {machine()}."


def main(arguments: list[str]) -> None:
    """Runs the campaign and writes the page; it stops at the first thing that is lost, doubled or unreadable."""
    with tempfile.TemporaryDirectory(prefix="lawbook-kills-") as name:
        text = page(
            campaign(Path(name), int(arguments[0]) if arguments else 500, minutes=float(arguments[1]) if arguments[1:] else 600)
        )
    print(text)
    write_part("make kill-campaign", text)
