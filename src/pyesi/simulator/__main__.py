"""Runs the simulator: `python -m pyesi.simulator --port 8080`."""

import sys

from pyesi.simulator import main

sys.exit(main())
