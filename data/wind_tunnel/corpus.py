"""Makes one clean stream of tokens from a Debian package, and cuts it into regions that never share a paragraph.

The package is fetched when runs are made and is not shipped; `design.toml` names it, its version and its licence.
"""

from __future__ import annotations

import gzip
import hashlib
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np

ALPHABET = "\n abcdefghijklmnopqrstuvwxyz0123456789.,;:!?'\"()[]{}-/\\*&+=<>`^~"
WINDOW = 64  # tokens a sequence; every region is a whole number of windows
TAGS = re.compile(r"\[[^\]]{0,80}\]|\\[^\\]{0,80}\\|[{}]")
PRONUNCIATION = re.compile(r"\([^)]{0,60}[\"`^*=~?][^)]{0,60}\)")


@dataclass(frozen=True)
class Corpus:
    """Windows of WINDOW + 1 tokens (the last is the target of the one before); an array a region, and the markup."""

    validation: np.ndarray
    pools: np.ndarray
    train: np.ndarray
    markup: np.ndarray
    sha256: str


def encode(text: str) -> np.ndarray:
    """Lower case, 64 symbols; what has no symbol is left out."""
    table = np.full(256, 255, dtype=np.uint8)
    for code, symbol in enumerate(ALPHABET):
        table[ord(symbol)] = code
    codes = table[np.frombuffer(text.lower().encode("latin-1", "ignore"), dtype=np.uint8)]
    return codes[codes != 255]


def windows(stream: np.ndarray) -> np.ndarray:
    """Consecutive windows; neighbours share one token, which is a target in the first and an input in the second."""
    count = (len(stream) - 1) // WINDOW
    starts = np.arange(count)[:, None] * WINDOW + np.arange(WINDOW + 1)[None, :]
    return stream[starts]


def fetch(package: str, version: str, folder: Path) -> Path:
    """Downloads the package as any Debian user would, once, and unpacks it."""
    unpacked = folder / "package"
    if not unpacked.exists():
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(["apt-get", "download", f"{package}={version}"], cwd=folder, check=True)
        archive = next(folder.glob(f"{package}_*.deb"))
        subprocess.run(["dpkg-deb", "-x", archive.name, "package"], cwd=folder, check=True)
    return unpacked / "usr/share/dictd"


def paragraphs(raw: str) -> list[str]:
    """Prose paragraphs without editors' tags and pronunciation, each once."""
    seen: dict[str, None] = {}
    for block in raw.split("\n\n"):
        text = " ".join(PRONUNCIATION.sub("", TAGS.sub("", block)).split())
        if len(text) >= 40:
            seen.setdefault(text, None)
    return list(seen)


def build(design: dict, folder: Path) -> Corpus:
    """The corpus of a design: shuffled paragraphs, the first for validation, then those for pools, then the rest."""
    source = fetch(design["package"], design["version"], folder)
    raw = gzip.decompress((source / "gcide.dict.dz").read_bytes()).decode("utf-8", "ignore")
    kept = paragraphs(raw)
    order = np.random.default_rng(design["seed"]).permutation(len(kept))
    stream = encode("\n".join(kept[i] for i in order))
    markup = encode((source / "gcide.index").read_text("utf-8", "ignore").replace("\t", " "))
    sizes = np.cumsum([design["validation_tokens"], design["pool_tokens"]]) // WINDOW
    cut = windows(stream)
    # a window is dropped at each border, so that no paragraph lies in two regions
    return Corpus(
        validation=cut[: sizes[0]],
        pools=cut[sizes[0] + 32 : sizes[1]],
        train=cut[sizes[1] + 32 :],
        markup=windows(markup),
        sha256=hashlib.sha256(stream.tobytes()).hexdigest(),
    )
