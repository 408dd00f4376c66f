"""The report on paper, from a real Chromium: dark on white, no control, no word cut off, pictures drawn before it prints."""

from collections.abc import Iterator

import pytest
from chrome import Chrome, missing

from pipeline.home import Home
from pipeline.report import write

pytestmark = pytest.mark.browser
A4 = 718
"""Pixels of A4 between Chromium's margins."""
IN_SIGHT = "(e) => e.getClientRects().length > 0"
CUT_OFF = f"""
const seen = {IN_SIGHT}, wide = document.documentElement.clientWidth;
const hides = (e) => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).overflowX !== 'visible';
return [...document.querySelectorAll('h1, h2, h3, p, li, dd, td, th, summary, svg text, .scroll')].filter(seen)
  .filter(e => e.getBoundingClientRect().right > wide + 1 || hides(e))
  .map(e => e.textContent.slice(0, 60));
"""
FAINTEST = f"""
const seen = {IN_SIGHT}, part = (v) => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
const lum = ([r, g, b]) => 0.2126 * part(r / 255) + 0.7152 * part(g / 255) + 0.0722 * part(b / 255);
const ink = (e) => getComputedStyle(e)[e.namespaceURI.includes('svg') ? 'fill' : 'color'];
return Math.min(...[...document.querySelectorAll('h1, h2, h3, p, li, dd, dt, td, th, a, summary, svg.live text')]
  .filter(seen).map(e => 1.05 / (lum(ink(e).match(/[\\d.]+/g)) + 0.05)));
"""


@pytest.fixture(scope="module", params=["light", "dark"])
def paper(request: pytest.FixtureRequest, published: Home) -> Iterator[Chrome]:
    """The page as the browser's own print command finds it: nothing has come into sight yet."""
    if missing():
        pytest.skip(f"{', '.join(missing())} not installed: apt-get install chromium chromium-driver")
    with Chrome(A4, 1000, dark=request.param == "dark") as chrome:
        chrome.open(write(published))
        chrome.wait_for("return document.getElementById('answer').children.length")
        theme = [{"name": "prefers-color-scheme", "value": request.param}]
        chrome.command("Emulation.setEmulatedMedia", media="print", features=theme)
        yield chrome


def test_no_control_is_printed(paper: Chrome) -> None:
    shown = f"[...document.querySelectorAll('#ask, button, nav, input, select, .chart details')].filter({IN_SIGHT})"
    assert paper.run(f"return {shown}.map(e => e.outerHTML.slice(0, 80))") == []


def test_no_word_is_cut_off_at_the_edge_of_the_paper(paper: Chrome) -> None:
    assert paper.run(CUT_OFF) == []


def test_words_are_dark_enough_for_white_paper_whatever_the_screen_showed(paper: Chrome) -> None:
    assert paper.run(FAINTEST) >= 4.5


def test_what_was_asked_stands_in_the_place_of_the_controls(paper: Chrome) -> None:
    fields = "document.getElementById('ask').elements"
    name, data = (paper.run(f"return {fields}.{field}") for field in ("study.selectedOptions[0].text", "data.value"))
    sizes = paper.run("return [...document.querySelectorAll('.pool')].map(p => `${p.innerText.trim()}: ${p.lastChild.value}`)")
    said = paper.run("return document.getElementById('asked').innerText")
    assert f"Study: {name}; Training data: {data}; Parameters: " in said
    assert len(sizes) > 1
    assert "; ".join(sizes) in said


def test_a_picture_that_was_never_in_sight_says_how_it_gets_onto_paper(paper: Chrome) -> None:
    unseen = "document.querySelector('section:last-of-type figure:last-of-type .chart:not([data-drawn])')"
    assert "Print button" in paper.run(f"return getComputedStyle({unseen}, '::before').content")


def test_the_print_button_draws_every_picture_in_light_before_it_prints(paper: Chrome) -> None:
    drawn = "[...document.querySelectorAll('.chart')].map(box => box.dataset.drawn ?? 'nothing')"
    paper.run(f"window.print = () => {{ window.printed = {drawn}; }}; document.getElementById('print').click()")
    printed = paper.wait_for("return window.printed", 60)
    assert printed == ["light"] * len(printed)
    assert printed
    assert paper.run(CUT_OFF) == []


def test_after_printing_the_page_has_its_own_colours_again(paper: Chrome) -> None:
    system = paper.run("return matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'")
    paper.run("window.dispatchEvent(new Event('afterprint'))")
    assert paper.run("return document.documentElement.dataset.theme") == system
