"""`python -m labmail` is `labmail`."""

import sys

from labmail.cli import main

sys.exit(main())
