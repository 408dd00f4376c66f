"""What the documents print is what the program prints."""

import pytest

from tests.generated import ROOT, documents, written


@pytest.mark.parametrize("page", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_the_generated_parts_are_current(page) -> None:
    assert written(page.read_text()) == page.read_text(), "run `make docs` and look at what changed"
