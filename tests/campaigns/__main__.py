"""`python -m tests.campaigns kills [KILLS [MINUTES]]`: a file of its own, so that hunted processes import nothing twice."""

import sys

from tests.campaigns import kills

if __name__ == "__main__":
    assert sys.argv[1] == "kills"
    kills.main(sys.argv[2:])
