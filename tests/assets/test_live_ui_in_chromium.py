"""The pages of the daemon at work in a real Chromium: the graph in one direction, a failed check in words."""

import time
from collections.abc import Iterator

import dagster as dg
import pytest
from chrome import Chrome, missing
from live import served, settle
from small_home import STUDY, declare, make_home

pytestmark = pytest.mark.browser
GROUPS = "%2C".join(f"global%40global%3A{name}" for name in ("logs", "laws", "decisions"))
PLACES = """
const found = {};
for (const e of document.querySelectorAll('svg foreignObject')) found[e.textContent.trim()] = e.getBoundingClientRect().x;
return found;
"""
SHOW = """
for (const e of document.querySelectorAll('button, a, span'))
  if (e.children.length === 0 && e.textContent.trim() === '[Show Markdown]') { e.click(); return true; }
return false;
"""


class Pages(Chrome):
    """A browser with the port of the pages."""

    port = 0


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    """A browser, while the daemon has brought a home to rest: a good study, one that cannot be fitted, one that is not valid."""
    if missing():
        pytest.skip(f"{', '.join(missing())} not installed: apt-get install chromium chromium-driver")
    home = make_home(tmp_path_factory.mktemp("pages") / "home", "first", "second")
    declare(home, "second", (home.studies / "second.toml").read_text().replace('metric = "loss"', 'metric = "error"'))
    declare(home, "third", STUDY.replace('"chinchilla"', '"chinchila"').replace("dataset =", "datset ="))
    with pytest.MonkeyPatch.context() as patch, served(home, patch) as port:
        with dg.DagsterInstance.get() as instance:
            wait_for_publication(instance, 600)
        settle(quiet=15, longest=600)
        with Pages(1500, 760) as chrome:
            chrome.port = port
            yield chrome


def wait_for_publication(instance: dg.DagsterInstance, longest: float) -> None:
    """Until the daemon has published for the first time."""
    deadline = time.monotonic() + longest
    while not instance.get_latest_materialization_event(dg.AssetKey("published")):
        assert time.monotonic() < deadline, "nothing was published"
        time.sleep(1)


def visit(pages: Pages, path: str, until: str) -> None:
    pages.go(f"http://127.0.0.1:{pages.port}{path}")
    pages.wait_for(f"return document.body.innerText.includes({until!r})", 60)
    pages.run("document.querySelectorAll('.dagster-portal').forEach(box => box.remove())")


def test_graph_runs_from_logs_to_plans_in_one_direction(pages: Pages) -> None:
    visit(pages, f"/asset-groups?expanded={GROUPS}", "Global asset lineage")
    pages.wait_for(f"return (() => {{ {PLACES} }})().published !== undefined", 60)
    place = pages.run(PLACES)
    assert place["ingest"] < place["observations"] < place["fits"] < place["parameters"] < place["plans"] < place["published"]
    assert place["parameters"] < place["forecasts"] < place["published"]


def test_failed_check_shows_its_message(pages: Pages) -> None:
    visit(pages, "/assets/fits?view=checks", "Failed")
    pages.wait_for(SHOW, 30)
    pages.wait_for("return document.body.innerText.includes('no run has')", 30)
    words = pages.run("return document.body.innerText")
    assert "second" in words
    assert "its runs have loss" in words


RED = """
const red = (c) => { const [r, g, b] = c.match(/[\\d.]+/g).map(Number); return r > 1.5 * g && r > 1.5 * b; };
const words = [...document.querySelectorAll('*')].filter(e => e.children.length === 0 && e.textContent.trim() === arguments[0]);
return words.some(e => red(getComputedStyle(e).color));
"""


def shown(pages: Pages, words: str) -> None:
    """Opens what the page keeps behind its buttons until the words are in sight."""
    pages.run(SHOW)
    pages.wait_for(f"return document.body.innerText.includes({words!r})", 30)


def test_a_study_that_is_not_valid_fails_its_check_in_red_with_all_its_errors(pages: Pages) -> None:
    visit(pages, "/assets/ingest?view=checks&checkDetail=declarations", "Failed")
    assert pages.run(RED, "Failed")
    shown(pages, "there is no column 'datset'")
    assert "'chinchila' is no law" in pages.run("return document.body.innerText")


def test_a_study_that_is_not_valid_is_a_partition_that_shows_its_failure(pages: Pages) -> None:
    visit(pages, "/assets/fits?view=partitions&partition=third", "third")
    pages.wait_for("return document.body.innerText.includes('failure')", 30)
    assert "'chinchila' is no law" in pages.run("return document.body.innerText")


def test_the_page_of_a_check_plots_how_much_it_finds(pages: Pages) -> None:
    visit(pages, "/assets/ingest?view=checks&checkDetail=declarations", "Plots")
    assert pages.wait_for("return document.querySelectorAll('canvas').length", 30)


def test_the_page_of_a_planning_table_shows_its_question_and_the_estimates_of_a_study(pages: Pages) -> None:
    visit(
        pages, "/assets/plan_compute_optimal?view=overview", "Which model size and how much data does a compute budget buy best"
    )
    visit(pages, "/assets/plan_compute_optimal?view=partitions", "Materialized (1)")
    visit(pages, "/assets/plan_compute_optimal?view=events", "params_low")
    words = pages.run("return document.body.innerText")
    assert {"params", "params_low", "params_high", "loss", "dagster/row_count"} <= set(words.split())


CLICK = """
const found = [...document.querySelectorAll('button')].find(e => e.textContent.trim() === arguments[0]);
found.scrollIntoView(); found.click();
"""
PLOTTED = """
const words = document.body.innerText;
return document.querySelectorAll('canvas').length >= keys.length && keys.every(key => words.includes(key));
"""


def test_the_page_of_a_planning_table_plots_each_estimate_with_its_ends_over_time(pages: Pages) -> None:
    visit(pages, "/assets/plan_compute_optimal?view=overview", "Plots")
    pages.run(CLICK, "Plots")
    pages.run(CLICK, "Events")
    drawn = [f"{estimate}{end}" for estimate in ("params", "data_seen", "loss") for end in ("", "_low", "_high")]
    pages.wait_for(f"const keys = {drawn}; {PLOTTED}", 30)
