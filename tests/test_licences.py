"""What the core's packages state of their licences, and that each may stand beside Apache-2.0."""

import re

import pytest

from tests.generated import ROOT
from tests.licences import LOCK, UNKNOWN, core

COPYLEFT = re.compile(r"GPL|General Public|SSPL|EUPL|CDDL|EPL-|Eclipse|CC-BY-SA|CC-BY-NC|MPL|Mozilla", re.IGNORECASE)
WEAK = {"certifi", "pathspec", "tqdm"}
"""MPL-2.0: its duties end at the package's own files."""


def test_every_pinned_package_is_on_the_page_with_what_it_states() -> None:
    page = (ROOT / "docs" / "security.md").read_text()
    listed = {
        name: stated.strip()
        for stated, names in re.findall(r"^\| (.+?) \| (.+) \|$", page, re.MULTILINE)
        for name in names.split(", ")
    }
    assert {name: listed.get(name) for name in core()} == core()
    assert len(core()) == LOCK.read_text().count("==") - LOCK.read_text().count(" == ")


def test_every_pinned_package_states_a_licence() -> None:
    assert [name for name, stated in core().items() if stated == UNKNOWN] == []


def test_no_pinned_package_is_copyleft_beyond_its_own_files() -> None:
    assert {name for name, stated in core().items() if COPYLEFT.search(stated)} == WEAK
    assert not [name for name in WEAK if "GPL" in core()[name]]


@pytest.mark.parametrize("stated", ["GPL-3.0-only", "LGPL-2.1-or-later", "GNU Affero General Public License v3", "SSPL-1.0"])
def test_a_copyleft_licence_is_told(stated: str) -> None:
    assert COPYLEFT.search(stated)
