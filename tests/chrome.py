"""A real Chromium, driven through chromedriver's HTTP interface: no package needed beside the standard library."""

from __future__ import annotations

import base64
import json
import shutil
import socket
import struct
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
import zlib
from pathlib import Path
from typing import Any

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
)


def missing() -> list[str]:
    """Programs of Debian's chromium and chromium-driver that are not installed."""
    return [name for name in ("chromium", "chromedriver") if shutil.which(name) is None]


def colours(png: bytes) -> int:
    """Distinct pixels of a screenshot, counted as they are stored (differences to their neighbours)."""
    at, body = 8, b""
    while at < len(png):
        size, kind = struct.unpack(">I4s", png[at : at + 8])
        body += png[at + 8 : at + 8 + size] if kind == b"IDAT" else b""
        at += 12 + size
    raw = zlib.decompress(body)
    return len({raw[i : i + 3] for i in range(0, len(raw), 3)})


class Chrome:
    """One browser window; leaves no process and no profile behind."""

    def __init__(self, width: int = 1100, height: int = 900, dark: bool = False) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.profile = tempfile.mkdtemp(prefix="lawbook-chrome-")
        self.root = f"http://127.0.0.1:{port}"
        self.driver = subprocess.Popen(["chromedriver", f"--port={port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        flags = [*FLAGS, f"--user-data-dir={self.profile}", f"--window-size={width},{height}", "data:,"]
        options = {"args": flags + (["--force-dark-mode"] if dark else []), "perfLoggingPrefs": {"enableNetwork": True}}
        wanted = {"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"}}
        self._wait()
        self.session = self._call("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})["sessionId"]
        self.command("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        features = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.command("Emulation.setEmulatedMedia", features=features)

    def __enter__(self) -> Chrome:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._call("DELETE", f"/session/{self.session}")
        finally:
            self.driver.terminate()
            self.driver.wait(10)
            shutil.rmtree(self.profile, ignore_errors=True)

    def open(self, path: Path) -> None:
        """Loads a file."""
        self.go(path.as_uri())

    def go(self, url: str) -> None:
        """Loads an address."""
        self._at("POST", "/url", {"url": url})

    def run(self, script: str, *arguments: Any) -> Any:
        """The value of a script's `return`."""
        return self._at("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def wait_for(self, script: str, seconds: float = 15.0) -> Any:
        """Waits until a script returns something true."""
        deadline = time.monotonic() + seconds
        while not (found := self.run(script)):
            if time.monotonic() > deadline:
                raise TimeoutError(f"not true within {seconds} s: {script}")
            time.sleep(0.1)
        return found

    def press(self, key: str) -> None:
        """One key press of the keyboard."""
        keys = [{"type": kind, "value": key} for kind in ("keyDown", "keyUp")]
        self._at("POST", "/actions", {"actions": [{"type": "key", "id": "keyboard", "actions": keys}]})

    def command(self, name: str, **parameters: Any) -> Any:
        """A command of the DevTools protocol."""
        return self._at("POST", "/goog/cdp/execute", {"cmd": name, "params": parameters})

    def picture(self, whole: bool = False) -> bytes:
        """The window, or the whole page, as PNG."""
        return base64.b64decode(self.command("Page.captureScreenshot", captureBeyondViewport=whole)["data"])

    def console(self) -> list[dict[str, Any]]:
        """Messages of the console since the last call."""
        return list(self._at("POST", "/se/log", {"type": "browser"}))

    def requests(self) -> list[str]:
        """Addresses that were asked for since the last call."""
        entries = (json.loads(e["message"])["message"] for e in self._at("POST", "/se/log", {"type": "performance"}))
        return [e["params"]["request"]["url"] for e in entries if e["method"] == "Network.requestWillBeSent"]

    def _wait(self) -> None:
        deadline = time.monotonic() + 15
        while True:
            try:
                if self._call("GET", "/status")["ready"]:
                    return
            except (urllib.error.URLError, ConnectionError):
                if time.monotonic() > deadline:
                    raise
            time.sleep(0.05)

    def _at(self, method: str, path: str, body: dict[str, Any]) -> Any:
        return self._call(method, f"/session/{self.session}{path}", body)

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.root + path, data, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise RuntimeError(json.load(error)["value"]["message"]) from error
