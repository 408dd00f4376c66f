"""JavaScript in a test: one Node process that evaluates a script and prints its value as JSON."""

import json
import shutil
import subprocess
from typing import Any

import pytest


def evaluated(script: str) -> Any:
    """What `answer` is at the end of the script; the test is skipped where there is no Node."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed: apt-get install nodejs")
    printing = "\nprocess.stdout.write(JSON.stringify(answer));"
    done = subprocess.run([node, "-"], input=script + printing, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)
