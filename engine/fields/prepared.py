"""The long fields of one receipt, each made ready once for all rules, and what that and looking them up has cost."""

from collections.abc import Sequence
from typing import Any, Final

from engine.fields.columns import Columns
from engine.fields.members import CHARACTERS_A_STEP, Members
from engine.meter import Meter

_CODE_LENGTH: Final = 4


class PreparedFields:
    """The fields of one receipt that were made ready, each for all rules; it is kept with the basket.

    `looked_at` counts what was gone through on behalf of them all: about one for each member, text, search or sixteen
    characters. The meter counts it too.
    """

    __slots__ = ("_by_identity", "_code", "_columns", "_meter", "looked_at")

    def __init__(self, meter: Meter) -> None:
        """Begin with none."""
        self.looked_at: int = 0
        self._meter = meter
        self._columns: Columns | None = None
        self._code: str | None = None
        self._by_identity: dict[int, Members] = {}

    def spend(self, steps: int) -> None:
        """Count what was gone through; TooMuchWork where that is too much."""
        self.looked_at += steps
        self._meter.spend(steps)

    def columns_of(self, documents: Sequence[Any]) -> Columns:
        """Return the columns of the customer's addresses."""
        if self._columns is None:
            self._columns = Columns(documents)
        return self._columns

    def members_of(self, value: Any) -> Members:
        """Return the members of a field's value, which belongs to the receipt and stays as it is."""
        # The members keep the value, so that no other can take its identity.
        members = self._by_identity.get(id(value))
        if members is None:
            members = self._by_identity[id(value)] = Members(value)
            self.spend(members.looked_at)
        return members

    def code_of(self, value: Any) -> str | None:
        """Return the merchant category code of the receipt's store as it is compared; None where it has none."""
        if value is None or (isinstance(value, str) and len(value) <= _CODE_LENGTH):
            return None if value is None else value.zfill(_CODE_LENGTH)
        # Written once, since it may be a list.
        if self._code is None:
            self._code = str(value).zfill(_CODE_LENGTH)
            self.spend(len(self._code) // CHARACTERS_A_STEP)
        return self._code
