"""What is published may be read from elsewhere, and what it is made with may be used by anybody."""

import re
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import polars as pl
import pytest
from small_home import run_rows

from pipeline.home import Home
from tests.licences import table

ROOT = Path(__file__).resolve().parents[2]
PERMISSIVE = re.compile(r"MIT|BSD|Apache|Python Software|PSF|Mozilla|MPL|ISC")


class Ranges(SimpleHTTPRequestHandler):
    """A file server that answers range requests, as nginx and object stores do."""

    def do_GET(self) -> None:
        """The bytes asked for."""
        whole = Path(self.translate_path(self.path)).read_bytes()
        asked = re.fullmatch(r"bytes=(\d*)-(\d*)", self.headers.get("Range", ""))
        first, last = 0, len(whole) - 1
        if asked and asked[1]:
            first, last = int(asked[1]), min(int(asked[2] or last), last)
        elif asked:
            first = max(len(whole) - int(asked[2]), 0)
        self.send_response(206 if asked else 200)
        self.send_header("Content-Range", f"bytes {first}-{last}/{len(whole)}")
        self.send_header("Content-Length", str(last - first + 1))
        self.end_headers()
        self.wfile.write(whole[first : last + 1])

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def address(home: Home) -> Iterator[str]:
    """The home's published files behind an ordinary HTTP server on loopback."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Ranges, directory=str(home.published_dir)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_published_parquet_is_read_over_http(address: str) -> None:
    assert pl.read_parquet(f"{address}/runs.parquet").height == len(run_rows("first"))


def test_every_package_of_the_core_has_a_permissive_licence() -> None:
    locked = re.findall(r"^([\w.-]+)(?:\[.*?\])?==", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
    stated = {re.sub(r"[-_.]+", "-", name): licence for name, _, licence in table()}
    found = {name: stated[key] for name in locked if (key := re.sub(r"[-_.]+", "-", name.lower())) in stated}
    assert len(found) > 60
    assert {name: licence for name, licence in found.items() if not PERMISSIVE.search(licence)} == {}
