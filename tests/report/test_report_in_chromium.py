"""The report in a real Chromium: drawn, silent, no request, reachable by keyboard, readable in light, dark and on a phone."""

import json
from collections.abc import Iterator

import duckdb
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
for (const e of document.querySelectorAll('h1,h2,h3,p,li,a,button,summary,th,td,' +
    'dt,dd,label,legend,input,select,small,code,svg text')) {
  if (!e.textContent.trim() || !e.getClientRects().length) continue;
  const style = getComputedStyle(e), svg = e.namespaceURI.includes('svg');
  const c = rgb(svg ? style.fill : style.color), a = lum(c.c), b = lum(ground(e));
  out.push([(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), e.tagName, e.textContent.slice(0, 40)]);
}
return out.sort((x, y) => x[0] - y[0]).slice(0, 3);
"""


COLLISIONS = """
const svg = document.querySelector('svg.live'), out = [], edge = svg.getBoundingClientRect();
const boxes = [...svg.querySelectorAll('text')].map(e => [e.textContent, e.getBoundingClientRect()]);
boxes.forEach(([text, a], i) => {
  const inside = a.left >= edge.left && a.right <= edge.right && a.bottom <= edge.bottom && a.top >= edge.top;
  if (!inside) out.push(text + ' leaves the picture');
  for (const [other, b] of boxes.slice(i + 1))
    if (a.left < b.right && b.left < a.right && a.top + 2 < b.bottom && b.top + 2 < a.bottom) out.push(text + ' over ' + other);
});
return out;
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


def asked(browser: Chrome, **fields: str) -> dict[str, object]:
    """The answer of the what-if controls after these fields were set, as the page shows it."""
    for name, value in fields.items():
        browser.run(
            "const f = document.getElementById('ask').elements[arguments[0]]; f.value = arguments[1];"
            "f.dispatchEvent(new Event('input', {bubbles: true}))",
            name,
            value,
        )
    return dict(json.loads(browser.run("return document.getElementById('answer').dataset.value")))


def study_of(browser: Chrome, name: str) -> str:
    """The value of a study's option."""
    options = "[...document.getElementById('ask').elements.study.options]"
    return str(browser.run(f"return {options}.find(o => o.text === arguments[0]).value", name))


def test_the_budget_moves_the_size_to_what_was_planned(browser: Chrome, published: Home) -> None:
    with duckdb.connect(str(published.published_db), read_only=True) as connection:
        planned = connection.execute(
            "SELECT flops, params, loss FROM plan_compute_optimal "
            "WHERE study = 'text-size' AND selected AND approach = 'parametric'"
        ).fetchall()
    for flops, params, loss in planned:
        found = asked(browser, study=study_of(browser, "text-size"), budget=repr(flops))
        assert found["params"] == pytest.approx(params, rel=1e-6)
        assert found["value"] == pytest.approx(loss, rel=1e-9)


def test_a_pool_that_is_switched_off_leaves_the_answer(browser: Chrome) -> None:
    before = asked(browser, study=study_of(browser, "pools"), data="3e7")["pools"]
    browser.run("document.querySelector('#pools input[type=checkbox]').click()")
    after = json.loads(browser.run("return document.getElementById('answer').dataset.value"))["pools"]
    assert "best" in str(before).split(" + ")
    assert "best" not in after.split(" + ")


def test_words_of_the_live_picture_stand_apart_and_inside_it(browser: Chrome) -> None:
    for name in ("text-size", "pools"):
        asked(browser, study=study_of(browser, name))
        assert browser.run(COLLISIONS) == []


def test_what_was_asked_is_only_said_on_paper(browser: Chrome) -> None:
    assert browser.run("return document.getElementById('asked').getClientRects().length") == 0


def test_a_field_that_is_no_number_is_named_and_nothing_is_answered(browser: Chrome) -> None:
    asked(browser, study=study_of(browser, "text-size"), budget="much")
    assert "budget: much is no positive number" in browser.run("return document.getElementById('wrong').textContent")
    assert browser.run("return document.getElementById('answer').textContent") == ""


def test_every_control_has_a_label(browser: Chrome) -> None:
    bare = "[...document.querySelectorAll('#ask input, #ask select')].filter(e => !e.labels.length && !e.ariaLabel).length"
    assert browser.run(f"return {bare}") == 0
