"""The home of ingest's tests, for the readers too."""

from tests.ingest.conftest import box, make_box

__all__ = ["box", "make_box"]
