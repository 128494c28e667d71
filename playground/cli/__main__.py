"""``python -m playground.cli``: the command line without the window's start-up."""

import sys

from playground.cli import main

if __name__ == "__main__":
    sys.exit(main())
