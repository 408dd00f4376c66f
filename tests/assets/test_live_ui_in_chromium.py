"""The pages of the daemon at work in a real Chromium: the graph in one direction, a failed check in words."""

import time
from collections.abc import Iterator

import dagster as dg
import pytest
from chrome import Chrome, missing
from live import served, settle
from small_home import declare, make_home

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
    """A browser, while the daemon has brought a home with a good study and one that cannot be fitted to rest."""
    if missing():
        pytest.skip(f"{', '.join(missing())} not installed: apt-get install chromium chromium-driver")
    home = make_home(tmp_path_factory.mktemp("pages") / "home", "first", "second")
    declare(home, "second", (home.studies / "second.toml").read_text().replace('metric = "loss"', 'metric = "error"'))
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
