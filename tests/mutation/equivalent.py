"""Mutants that no test can notice, and why."""

from typing import Final

# By module and mutant: the reason why it does the same as what is written.
EQUIVALENT: Final[dict[tuple[str, str], str]] = {}
