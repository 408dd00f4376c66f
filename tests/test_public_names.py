"""What a notebook imports."""

import subprocess
import sys

import pytest


def fresh(code: str) -> str:
    """What a fresh interpreter prints."""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.parametrize("first", ["", "import pipeline.laws; ", "from pipeline import fit; "])
def test_laws_are_found_by_name_whatever_was_imported_first(first: str) -> None:
    assert fresh(first + "from pipeline import laws; print(laws['chinchilla'].name, 'chinchilla' in laws)") == "chinchilla True"


def test_an_unknown_public_name_is_refused_with_those_that_are_there() -> None:
    import pipeline

    with pytest.raises(AttributeError, match="fit, laws, plan"):
        pipeline.optimum  # noqa: B018 - the access is what is tested


def test_importing_the_package_loads_no_heavy_library() -> None:
    assert fresh("import sys, pipeline; print({'sympy', 'scipy', 'dagster', 'polars'} & set(sys.modules))") == "set()"
