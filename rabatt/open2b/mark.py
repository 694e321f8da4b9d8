"""Which discounts on a receipt are ours, so that an answer can be asked again and gets no discount twice."""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from rabatt.open2b.requests import MOST_DISCOUNTS, NewDiscount
from rules import Fault, Refused

# Our own field of an answer; Open2b has none in which it could stand.
MARK = "rabatt"


class Mark(BaseModel):
    """The last discounts of the receipt, which are ours, and the last line of its terms, which speaks of them."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    discounts: Annotated[list[NewDiscount], Field(max_length=MOST_DISCOUNTS)]
    terms: str = ""

    def taken_off(self, discounts: Sequence[NewDiscount], terms: str) -> tuple[list[NewDiscount], str]:
        """The discounts and terms of the receipt without ours; Refused where they do not end with ours."""
        own = len(discounts) - len(self.discounts)
        if list(discounts[max(own, 0) :]) != self.discounts:
            sentence = "these are not the last discounts of the receipt; leave out the mark, and our discounts with it"
            raise Refused([Fault(f"{MARK}.discounts", sentence)])
        if not self.terms:
            return list(discounts[:own]), terms
        before, found, after = f"\n{terms}".rpartition(f"\n{self.terms}")
        if after or not found:
            sentence = "the terms of the receipt do not end with this line; leave it out of the mark"
            raise Refused([Fault(f"{MARK}.terms", sentence)])
        return list(discounts[:own]), before.removeprefix("\n")


def marked(discounts: Sequence[dict[str, Any]], terms: str) -> dict[str, Any]:
    """The mark of an answer with these discounts of ours, and this line in its terms."""
    return {"discounts": list(discounts), "terms": terms}
