"""An answer of a command as a person or as a program reads it."""

import json
import sys
from argparse import Namespace
from typing import Any

from pipeline.redaction import redacted
from pipeline.terminal import shown, shown_lines


def say(options: Namespace, value: Any, text: str) -> None:
    """Prints the answer as JSON or as text; as text it holds nothing that moves a cursor."""
    print(json.dumps(value, default=str, ensure_ascii=False) if options.json else shown_lines(text))


def tell(text: str) -> None:
    """Says something on stderr, in one line."""
    print(f"lawbook: {shown(redacted(text))}", file=sys.stderr)
