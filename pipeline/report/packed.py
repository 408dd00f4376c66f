"""What a page keeps deflated, in base64: pictures, draws and the plotting library; page.js has them read when they are needed.

Rows of numbers under the same names take a seventh of their text so. Tables and sentences stay text: no script need run for them.
"""

from __future__ import annotations

import base64
import json
import zlib

LEVEL = 9


def packed(content: bytes) -> bytes:
    """The content as zlib's deflate in base64: what the browser's `DecompressionStream("deflate")` reads."""
    return base64.b64encode(zlib.compress(content, LEVEL))


def unpacked(text: bytes) -> bytes:
    """What `packed` was made from."""
    return zlib.decompress(base64.b64decode(text))


def json_text(value: object) -> bytes:
    """JSON of one line that cannot end its element."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").encode()
