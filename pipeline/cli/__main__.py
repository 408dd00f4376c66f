"""`python -m pipeline.cli`."""

import sys

from pipeline.cli.start import main

if __name__ == "__main__":
    sys.exit(main())
