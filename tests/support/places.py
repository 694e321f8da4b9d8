"""Where the project has what tests read."""

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
DOCS: Final = ROOT / "docs"
EXAMPLES: Final = ROOT / "examples"
TESTS: Final = ROOT / "tests"
# Beside the project, where it is there at all.
SHARED: Final = ROOT.parent / "shared"
