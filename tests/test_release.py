"""What stops a release is said before anything is built; editors, hooks and CI run the same tools."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml
from threadpoolctl import threadpool_info

from tests.release import ROOT, obstacles, section, version

LOG = "# Changelog\n\n## Unreleased\n\n## 1.2.0\n\n### Added\n* Nothing → something.\n\n## 1.1.0\n* Old.\n"


def git(root: Path, *arguments: str) -> None:
    subprocess.run(
        ["git", "-c", "user.name=x", "-c", "user.email=x@example.org", *arguments], cwd=root, check=True, capture_output=True
    )


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A committed checkout whose version 1.2.0 has a section and no tag."""
    (tmp_path / "pipeline").mkdir()
    (tmp_path / "pipeline" / "__init__.py").write_text('"""A package."""\n\n__version__ = "1.2.0"\n')
    (tmp_path / "CHANGELOG.md").write_text(LOG)
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "first")
    return tmp_path


def test_a_committed_version_with_a_section_and_no_tag_can_be_released(checkout):
    assert obstacles(checkout) == []


def test_a_tree_with_changes_cannot_be_released(checkout):
    (checkout / "new.txt").write_text("")
    assert [line.split(":")[0] for line in obstacles(checkout)] == ["the tree has changes"]


def test_a_version_whose_section_is_empty_cannot_be_released(checkout):
    (checkout / "CHANGELOG.md").write_text(LOG.replace("* Nothing → something.\n", ""))
    git(checkout, "commit", "-qam", "empty")
    assert obstacles(checkout) == ["CHANGELOG.md has no entries under `## 1.2.0`: rename its section Unreleased"]


def test_a_version_that_is_tagged_cannot_be_released_again(checkout):
    git(checkout, "tag", "v1.2.0")
    assert obstacles(checkout) == ["v1.2.0 is tagged already: set the next __version__ in pipeline/__init__.py"]


def test_a_section_ends_where_the_next_release_begins(checkout):
    assert section(checkout, "1.2.0") == "* Nothing → something."


def test_the_version_of_this_checkout_is_read_without_importing_it():
    from pipeline import __version__

    assert version(ROOT) == __version__


def test_every_release_of_the_changelog_has_only_the_usual_sections():
    text = (ROOT / "CHANGELOG.md").read_text()
    assert set(re.findall(r"(?m)^### (.+)$", text)) <= {"Added", "Changed", "Fixed", "Removed", "Deprecated", "Security"}
    assert re.findall(r"(?m)^## (.+)$", text)[0] == "Unreleased"


def test_hooks_run_the_tools_of_make_lint_and_make_types_and_fetch_nothing():
    hooks = [hook for repo in yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"] for hook in repo["hooks"]]
    make = (ROOT / "Makefile").read_text()
    [lint] = re.findall(r"(?m)^lint:.*\n((?:\t.+\n)+)", make)
    [types] = re.findall(r"(?m)^types:.*\n((?:\t.+\n)+)", make)
    asked = {re.sub(r"^\$\(BIN\)/| \.$", "", line.strip()).removesuffix(" .") for line in (lint + types).splitlines()}
    entries = {hook["entry"].removeprefix(".venv/bin/").replace(" --force-exclude", "") for hook in hooks}
    assert {" ".join(entry.split()) for entry in asked} <= entries
    assert {hook["language"] for hook in hooks} == {"system"}


def test_a_test_process_computes_with_one_thread_however_pytest_is_started():
    """More threads than cores only wait for each other: the solver's arrays are small."""
    assert {pool["num_threads"] for pool in threadpool_info()} == {1}


def test_every_file_that_the_page_for_contributors_names_exists():
    text = (ROOT / "CONTRIBUTING.md").read_text()
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in link]
    named = [name for name in re.findall(r"`((?:pipeline|tests|data|docs)/[\w./-]+)`", text) if "x.py" not in name]
    assert [name for name in links + named if not (ROOT / name).exists()] == []


def test_the_page_for_contributors_names_only_targets_that_make_has():
    targets = set(re.findall(r"(?m)^([a-z-]+):", (ROOT / "Makefile").read_text()))
    assert set(re.findall(r"`make ([a-z-]+)`", (ROOT / "CONTRIBUTING.md").read_text())) <= targets
