"""The report in a real Chromium: drawn, silent, no request, reachable by keyboard, readable in light, dark and on a phone."""

from collections.abc import Iterator

import pytest
from chrome import Chrome, colours, missing

from pipeline.home import Home
from pipeline.report import write

pytestmark = pytest.mark.browser
CHART = "document.querySelectorAll('.chart')[arguments[0]]"
CONTRASTS = """
const rgb = (c) => { const p = c.match(/[\\d.]+/g).map(Number);
  return {c: p.slice(0, 3), a: p.length > 3 ? p[3] : 1}; };
const lum = (c) => { const [r, g, b] = c.map(v => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
const ground = (e) => {
  for (; e; e = e.parentElement) { const g = rgb(getComputedStyle(e).backgroundColor); if (g.a > 0.99) return g.c; }
  return [255, 255, 255]; };
const out = [];
for (const e of document.querySelectorAll('h1,h2,h3,p,li,a,button,summary,th,td,small,code,svg text')) {
  if (!e.textContent.trim() || !e.getClientRects().length) continue;
  const style = getComputedStyle(e), svg = e.namespaceURI.includes('svg');
  const c = rgb(svg ? style.fill : style.color), a = lum(c.c), b = lum(ground(e));
  out.push([(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), e.tagName, e.textContent.slice(0, 40)]);
}
return out.sort((x, y) => x[0] - y[0]).slice(0, 3);
"""


@pytest.fixture(scope="module", params=["light", "dark", "phone"])
def browser(request: pytest.FixtureRequest, published: Home) -> Iterator[Chrome]:
    if missing():
        pytest.skip(f"{', '.join(missing())} not installed: apt-get install chromium chromium-driver")
    path = write(published)
    wide = 390 if request.param == "phone" else 1100
    with Chrome(wide, 844, dark=request.param == "dark") as chrome:
        chrome.requests()
        chrome.open(path)
        for place in range(chrome.run("return document.querySelectorAll('.chart').length")):
            chrome.run(f"{CHART}.scrollIntoView({{behavior: 'instant'}})", place)
            chrome.wait_for(f"return {CHART}.dataset.drawn".replace("arguments[0]", str(place)))
        yield chrome


def test_nothing_is_asked_of_a_network_and_the_console_is_silent(browser: Chrome) -> None:
    asked = [url for url in browser.requests() if not url.startswith(("file:", "data:", "blob:", "chrome:"))]
    assert not asked
    assert not browser.console()


def test_every_chart_has_marks_of_some_size(browser: Chrome) -> None:
    sizes = browser.run(
        "return [...document.querySelectorAll('.chart svg.marks')]"
        ".map(s => [s.querySelectorAll('path, line').length, s.clientWidth, s.clientHeight])"
    )
    assert len(sizes) == browser.run("return document.querySelectorAll('.chart').length")
    assert all(marks > 10 and width > 250 and height > 150 for marks, width, height in sizes), sizes


def test_pixels_of_a_chart_are_coloured(browser: Chrome) -> None:
    browser.run("document.querySelector('.chart').scrollIntoView({block: 'center'})")
    assert colours(browser.picture()) > 100


def test_text_contrast_is_at_least_four_and_a_half(browser: Chrome) -> None:
    worst = browser.run(CONTRASTS)
    assert worst[0][0] >= 4.5, worst


def test_the_page_is_no_wider_than_its_window(browser: Chrome) -> None:
    assert browser.run("return document.documentElement.scrollWidth <= window.innerWidth")


def test_a_script_in_a_run_name_shows_as_text(browser: Chrome) -> None:
    assert browser.run("return document.title").startswith("Lawbook")
    assert "<script>" in browser.run("return document.body.textContent")


def test_the_keyboard_reaches_links_tables_and_charts_menus(browser: Chrome) -> None:
    browser.run("window.scrollTo(0, 0); document.activeElement.blur()")
    reached = set()
    for _ in range(40):
        browser.press("\ue004")
        reached.add(browser.run("const e = document.activeElement; return e.tagName + '.' + (e.className || '')"))
    assert {"A.skip", "BUTTON.", "A.", "SUMMARY."} <= reached
    assert "DIV.scroll" in reached


def test_the_keyboard_opens_the_numbers_of_a_picture(browser: Chrome) -> None:
    browser.run("document.querySelector('figure > details > summary').focus()")
    browser.press("\ue007")
    assert browser.run(
        "return document.querySelector('figure > details').open && document.querySelector('figure table').clientHeight > 0"
    )


def test_hovering_a_point_shows_its_run(browser: Chrome) -> None:
    browser.run("document.querySelector('.chart').scrollIntoView({block: 'center'})")
    browser.run(
        "const m = document.querySelector('.chart svg .mark-symbol path'), r = m.getBoundingClientRect();"
        "const o = {bubbles: true, clientX: r.x + r.width / 2, clientY: r.y + r.height / 2};"
        "m.dispatchEvent(new PointerEvent('pointermove', o)); m.dispatchEvent(new MouseEvent('mousemove', o));"
        "m.dispatchEvent(new PointerEvent('pointerover', o)); m.dispatchEvent(new MouseEvent('mouseover', o));"
    )
    text = browser.wait_for("const t = document.querySelector('#vg-tooltip-element.visible'); return t && t.textContent")
    assert "1" in text or "0" in text


def test_colours_change_with_the_button(browser: Chrome) -> None:
    before = browser.run("return getComputedStyle(document.body).backgroundColor")
    seen = {before}
    for _ in range(3):
        browser.run("document.getElementById('theme').click()")
        seen.add(browser.run("return getComputedStyle(document.body).backgroundColor"))
    assert len(seen) == 2
    assert browser.run("return getComputedStyle(document.body).backgroundColor") == before
