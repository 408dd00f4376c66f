"""The report as text: self-contained, escaped, every number in a table, small and quick."""

import base64
import hashlib
import json
import re
import time
from pathlib import Path

import altair as alt
import numpy as np
import polars as pl
import pytest
from published_case import SCRIPT

from pipeline.home import Home
from pipeline.refit.refit import refit
from pipeline.report import Picture, png, small_png, study_pictures, svg, write
from pipeline.report.numbers import number, shown
from pipeline.report.packed import unpacked
from pipeline.report.picture import Datasets, ticks
from pipeline.report.smaller import decoded, with_palette
from pipeline.report.tables import html_table, merged


@pytest.fixture(scope="module")
def page(published: Home) -> str:
    return write(published).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def drawn(published: Home) -> dict[str, Picture]:
    return {
        f"{study} {key}": picture
        for study in ("text-size", "pools")
        for key, picture in study_pictures(published.published_db, study).items()
    }


def test_every_kind_of_picture_is_drawn(drawn: dict[str, Picture]) -> None:
    keys = {name.split()[1] for name in drawn}
    assert keys == {"fit", "residuals", "optimum", "profiles", "next_runs", "filtering", "repetition", "forecasts"}


def test_every_chart_is_valid_vega_lite(drawn: dict[str, Picture]) -> None:
    for picture in drawn.values():
        alt.LayerChart.from_dict(picture.spec())


def test_the_page_holds_no_address_that_is_fetched(page: str) -> None:
    body = re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)
    assert not re.findall(r"""(?:src|href)=["']?(?!#|data:,)[^"'> ]+""", body)
    assert "default-src 'none'" in page


def packed_in(page: str, attribute: str) -> list[str]:
    """What the page keeps deflated under an attribute, as text."""
    found = re.findall(rf'<script type="text/plain" {attribute}>(.*?)</script>', page, flags=re.DOTALL)
    return [unpacked(text.encode()).decode() for text in found]


def test_only_the_pages_own_scripts_may_run(page: str) -> None:
    allowed = re.findall(r"'sha256-([^']+)'", page)
    scripts = packed_in(page, "id=library") + re.findall(r"<script>(.*?)</script>", page, flags=re.DOTALL)
    assert [base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() for s in scripts] == allowed


def test_a_script_in_a_run_name_is_text(page: str) -> None:
    assert SCRIPT not in page
    assert "&lt;script&gt;document.title" in page


def test_what_the_page_computes_with_is_json_that_cannot_end_its_element(page: str) -> None:
    (listed,) = re.findall(r'<script type="application/json" id=live>(.*?)</script>', page, flags=re.DOTALL)
    assert "<" not in listed
    assert {fit["study"] for fit in json.loads(listed)} == {"text-size", "pools"}


def test_a_studys_pictures_and_fits_are_unpacked_as_they_were_packed(page: str, drawn: dict[str, Picture]) -> None:
    specs = {key: spec for text in packed_in(page, "class=charts") for key, spec in json.loads(text).items()}
    assert specs == {f"s-{name.replace(' ', '-')}": json.loads(json.dumps(picture.spec())) for name, picture in drawn.items()}
    assert SCRIPT in json.dumps(specs)


def test_every_number_of_a_picture_is_in_its_table(drawn: dict[str, Picture]) -> None:
    for name, picture in drawn.items():
        text = html_table(picture.table, name)
        for column in picture.table.columns:
            for value in picture.table[column].drop_nulls().to_list():
                assert shown(value, column).replace("<", "&lt;")[:20] in text or isinstance(value, str | list), (
                    name,
                    column,
                    value,
                )


def of_twenty(page: str) -> int:
    """Bytes of a page of twenty studies as large as the largest of this one."""
    sections = re.findall(r'<section id="s-.*?</section>', page, flags=re.DOTALL)
    (listed,) = re.findall(r'<script type="application/json" id=live>(.*?)</script>', page, flags=re.DOTALL)
    fits = [len(json.dumps(fit)) for fit in json.loads(listed)]
    sizes = [len(text.encode()) for text in sections]
    return len(page.encode()) - sum(sizes) - sum(fits) + 20 * (max(sizes) + max(fits))


def test_twenty_studies_make_a_page_of_less_than_five_megabytes(page: str) -> None:
    assert of_twenty(page) < 5e6


@pytest.mark.slow
def test_twenty_studies_as_large_as_the_demos_largest_make_a_page_of_less_than_five_megabytes(tmp_path: Path) -> None:
    home = Home.demo(tmp_path / "demo")
    assert refit(home).exit_code == 0
    assert of_twenty(home.report.read_text(encoding="utf-8")) < 5e6


def test_what_every_row_says_stands_once_above_the_table() -> None:
    same = {"metric": ["loss"] * 5, "cap": [2.0] * 5, "cap_low": [1.0] * 5, "cap_high": [3.0] * 5}
    frame = pl.DataFrame({**same, "size": [1, 2, 3, 4, 5]})
    text = html_table(frame, "x")
    assert "In every row: metric loss; cap 2 <small>(1 – 3)</small>." in text
    assert text.count("loss") == 1
    assert text.count("<td>") == 5


def test_a_column_whose_interval_differs_stays_in_the_rows() -> None:
    frame = pl.DataFrame({"cap": [2.0] * 5, "cap_low": [1.0, 1.1, 1.2, 1.3, 1.4], "cap_high": [3.0] * 5})
    assert html_table(frame, "x").count("<small>") == 5


def test_rows_that_are_all_alike_are_still_a_table() -> None:
    assert html_table(pl.DataFrame({"metric": ["loss"] * 5}), "x").count("loss") == 5


def test_two_pictures_of_the_same_numbers_share_a_table(page: str) -> None:
    shared = re.findall(r'The numbers are those of <a href="#(s-[a-z-]+)-title">', page)
    assert "s-text-size-fit" in shared
    for key in shared:
        assert f'id="{key}-title"' in page


@pytest.mark.slow
def test_writing_is_quick(published: Home) -> None:
    started = time.perf_counter()
    write(published)
    assert time.perf_counter() - started < 5


def test_pictures_for_metadata_are_small_and_real(drawn: dict[str, Picture]) -> None:
    for picture in drawn.values():
        assert len(small_png(picture)) < 22_000
    first = next(iter(drawn.values()))
    assert svg(first).startswith("<svg")
    assert png(first).startswith(b"\x89PNG")


def luminance(colour: str) -> float:
    """Relative luminance of #rrggbb (WCAG)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [v / 12.92 if v <= 0.03928 else ((v + 0.055) / 1.055) ** 2.4 for v in parts]
    return float(np.dot([0.2126, 0.7152, 0.0722], linear))


def test_sixteen_pools_have_sixteen_colours_that_stand_out_from_their_ground() -> None:
    text = (Path(__file__).parents[2] / "pipeline" / "report" / "page.js").read_text(encoding="utf-8")
    dark, light = (re.findall(r"#[0-9a-f]{6}", each) for each in re.findall(r"[?:] (\[(?:\"#[^\]]+)\])", text)[:2])
    for colours, ground in ((dark, "#14171c"), (light, "#ffffff")):
        assert len(set(colours)) == 16
        for colour in colours:
            brighter, darker = sorted((luminance(colour), luminance(ground)), reverse=True)
            assert (brighter + 0.05) / (darker + 0.05) >= 3, colour


def test_a_palette_keeps_the_picture(drawn: dict[str, Picture]) -> None:
    whole = png(next(iter(drawn.values())))
    before = decoded(whole)
    assert before is not None
    small = with_palette(whole)
    assert len(small) < len(whole) / 3
    assert small[24:26] == bytes([8, 3])


def test_a_png_of_another_kind_stays_as_it_is(drawn: dict[str, Picture]) -> None:
    indexed = with_palette(png(next(iter(drawn.values()))))
    assert with_palette(indexed) == indexed


def test_an_interval_shares_its_estimates_cell() -> None:
    frame = pl.DataFrame({"loss": [2.0], "loss_low": [1.9], "loss_high": [2.1], "empty": [None]})
    assert merged(frame)[0] == ["loss"]
    assert "(1.9 – 2.1)" in html_table(frame, "x")


@pytest.mark.parametrize(
    ("value", "column", "text"),
    [
        (7.02e9, "params", "7.02 B"),
        (1e22, "flops", "1e+22"),
        (2.38123, "loss", "2.381"),
        (999_600.0, "params", "1 M"),
        (True, "fits", "yes"),
        ({"params": 8272.0, "peak_lr": 0.0127}, "inputs", "params 8.27 k, peak_lr 0.0127"),
        ([{"key": "params", "value": 8272.0}], "given", "params 8.27 k"),
    ],
)
def test_numbers_read_like_a_persons(value: float, column: str, text: str) -> None:
    assert shown(value, column) == text


def test_not_a_number_is_empty() -> None:
    assert number(float("nan")) == ""


def test_a_log_axis_has_a_few_round_labels() -> None:
    for low, high in ((1e18, 1e24), (30.0, 900.0), (2.0, 3.0)):
        found = ticks(low, high)
        assert 2 <= len(found) <= 8
        assert np.all(np.diff(found) > 0)


def test_a_charts_data_has_no_not_a_number() -> None:
    data = Datasets()
    name = data.rows(pl.DataFrame({"x": [float("nan"), 1 / 3], "pools": [["a", "b"], []]})).name
    assert data.named == {name: [{"x": None, "pools": "a + b"}, {"x": 0.333333, "pools": ""}]}


def test_an_empty_home_makes_a_page(tmp_path: Path) -> None:
    from pipeline.store.publication.publish import publish

    home = Home.open(tmp_path)
    publish(home)
    assert "No study has been refitted yet" in write(home).read_text()
