"""An S3 server on loopback; its address and keys are in the environment, for processes started from here too."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

s3fs = pytest.importorskip("s3fs", reason="make test installs what requirements-dev.lock pins")
ThreadedMotoServer = pytest.importorskip("moto.server").ThreadedMotoServer
SECRET = "hunter2-wJalrXUtnFEMI"


@contextmanager
def served() -> Iterator[Any]:
    """The server's file system while it runs."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        patch.setenv("AWS_ACCESS_KEY_ID", "lawbook")
        patch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        s3fs.S3FileSystem.clear_instance_cache()
        yield s3fs.S3FileSystem(use_listings_cache=False)
    s3fs.S3FileSystem.clear_instance_cache()
    server.stop()
