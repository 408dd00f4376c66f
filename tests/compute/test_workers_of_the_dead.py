"""Workers of a process that was killed end too: nobody else would end them."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

PARENT = """
import signal, sys
from pipeline.compute import mapper

if __name__ == "__main__":
    with mapper("processes:2") as over:
        print(sum(over(abs, range(4))), flush=True)
        signal.pause()
"""


@pytest.mark.skipif(not hasattr(signal, "pause"), reason="needs signals of POSIX")
def test_workers_end_with_a_parent_that_was_killed(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    parent = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, env=environment, text=True)
    assert parent.stdout is not None
    assert parent.stdout.readline() == "6\n"
    parent.kill()
    said, _ = parent.communicate(timeout=60)  # the pipe ends when the last process that holds it has ended: the workers
    assert (said, parent.returncode) == ("", -signal.SIGKILL)
