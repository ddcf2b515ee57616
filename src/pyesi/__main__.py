"""`python -m pyesi` is the command `pyesi`."""

import sys

from pyesi.cli import main

__all__ = ["main"]

if __name__ == "__main__":
    sys.exit(main())
