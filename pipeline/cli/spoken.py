"""An answer of a command as a person or as a program reads it."""

import json
from argparse import Namespace
from typing import Any


def say(options: Namespace, value: Any, text: str) -> None:
    """Prints the answer as JSON or as text."""
    print(json.dumps(value, default=str, ensure_ascii=False) if options.json else text)
