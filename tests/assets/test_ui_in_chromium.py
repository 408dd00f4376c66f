"""The Dagster UI in a real Chromium: the assets are drawn, with rows and pictures, and nothing leaves the machine."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep

import dagster as dg
import pytest
from chrome import Chrome, colours, missing
from small_home import make_home

from assets.definitions import defs
from pipeline.places import SHIPPED
from pipeline.refit.refit import refit

pytestmark = pytest.mark.browser
ASSETS = ("ingest", "observations", "fits", "parameters", "forecasts", "plans", "published", "audit")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The webserver of a home whose `ingest` and `published` were materialised by Dagster."""
    if missing():
        pytest.skip(f"{', '.join(missing())} not installed: apt-get install chromium chromium-driver")
    home = make_home(tmp_path_factory.mktemp("ui") / "home", "first")
    assert not refit(home).failed
    folder = home.root / "dagster"
    folder.mkdir()
    shutil.copy(SHIPPED / "assets" / "dagster.yaml", folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DAGSTER_HOME", str(folder))
        patch.setenv("LAWBOOK_HOME", str(home.root))
        with dg.DagsterInstance.get() as instance:
            chosen = [dg.AssetKey("ingest"), dg.AssetKey("published")]
            job = defs.resolve_implicit_global_asset_job_def()
            assert job.execute_in_process(instance=instance, asset_selection=chosen).success
        yield from _served(Path(sys.executable).with_name("dagster-webserver"))


def _served(program: Path) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [str(program), "-m", "assets.definitions", "-h", "127.0.0.1", "-p", str(port)]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    server = subprocess.Popen(command, cwd=SHIPPED, start_new_session=True, env=dict(os.environ), **quiet)
    try:
        _wait(f"http://127.0.0.1:{port}/server_info")
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(server.pid, signal.SIGINT)
        server.wait(30)


def _wait(url: str, seconds: float = 90.0) -> None:
    deadline = monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, ConnectionError):
            if monotonic() > deadline:
                raise
        sleep(0.2)


@pytest.fixture(scope="module")
def browser(address: str) -> Iterator[Chrome]:
    with Chrome(1300, 4000) as chrome:  # the list draws only the rows that are in sight
        chrome.requests()
        chrome.go(f"{address}/assets")
        for name in ASSETS:
            chrome.wait_for(f"return document.body.innerText.includes('{name}')", 60)
        yield chrome


def test_all_assets_are_listed_and_the_page_is_drawn(browser: Chrome) -> None:
    assert colours(browser.picture()) > 100


def test_nothing_is_asked_of_another_machine_and_the_console_shows_no_error(browser: Chrome, address: str) -> None:
    own = (address, address.replace("http", "ws"), "data:", "blob:", "chrome:")
    assert [url for url in browser.requests() if not url.startswith(own)] == []
    assert [entry["message"] for entry in browser.console() if entry["level"] == "SEVERE"] == []


def test_the_published_asset_shows_its_rows_and_the_picture_of_the_fit(browser: Chrome, address: str) -> None:
    browser.go(f"{address}/assets/published?view=events")
    for text in ("dagster/row_count", "fit of first"):
        browser.wait_for(f"return document.body.innerText.includes('{text}')", 60)
    browser.run("[...document.querySelectorAll('*')].filter(e => e.innerText === '[Show Markdown]').pop().click()")
    width = "const i = document.querySelector('img[src^=\"data:image\"]'); return i && i.complete && i.naturalWidth"
    assert browser.wait_for(width, 20) > 100


def test_the_keyboard_reaches_the_links_of_the_page(browser: Chrome, address: str) -> None:
    browser.go(f"{address}/assets")
    browser.wait_for("return document.body.innerText.includes('published')", 60)
    reached = set()
    for _ in range(25):
        browser.press("\ue004")
        reached.add(browser.run("return document.activeElement.tagName"))
    assert "A" in reached


def test_no_greeting_stands_over_the_first_page(browser: Chrome, address: str) -> None:
    browser.go(f"{address}/assets")
    browser.wait_for("return document.body.innerText.includes('published')", 60)
    assert not browser.run("return /newsletter|Join the Dagster community/i.test(document.body.innerText)")


def test_the_search_finds_a_planning_table_by_its_name(browser: Chrome, address: str) -> None:
    browser.go(f"{address}/assets")
    browser.wait_for("return document.body.innerText.includes('published')", 60)
    browser.press("/")
    browser.wait_for("return document.activeElement.tagName === 'INPUT'", 30)
    for key in "plan_filtering":
        browser.press(key)
    found = "[...document.querySelectorAll('a')].some(a => a.href.endsWith('/assets/plan_filtering'))"
    assert browser.wait_for(f"return {found}", 30)


def test_a_planning_tables_page_shows_its_question_and_its_columns(browser: Chrome, address: str) -> None:
    browser.go(f"{address}/assets/plan_filtering?view=overview")
    browser.wait_for("return document.body.innerText.includes('Which quality pools should a run use at its budget?')", 60)
    for column in ("probability_best", "behind", "epochs_max"):
        browser.wait_for(f"return document.body.innerText.includes({column!r})", 30)
