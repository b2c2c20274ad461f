"""The notebooks as tests see them. Their text is compared by nbval, cell by cell: `pytest notebooks teacher`."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))  # refresh and repeat are scripts, no package
