"""What the state machine of the service does with Open2b's receipts: each is where its own arithmetic says."""

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from tests.rabatt.service.conftest import Service
from tests.support.open2b.by_decimal import Piece, reckoned
from tests.support.open2b.receipts import NEW
from tests.support.service.open2b import ask, done

# What classes 1 to 3 of the catalogue are taxed with in the country of the receipts.
RATES = {1: Decimal("5.00"), 2: Decimal("20.00"), 3: Decimal("0.00")}
ITEMS = st.lists(
    st.fixed_dictionaries(
        {
            "quantity": st.sampled_from([1, 2, 0.5]),
            "price": st.integers(0, 9_999).map(lambda mills: mills / 1000),
            "taxClass": st.sampled_from(sorted(RATES)),
        }
    ),
    max_size=3,
)
PERCENTS = st.lists(st.integers(1, 60).map(lambda value: {"type": "PercentOff", "value": value}), max_size=3)
STATUSES = st.sampled_from(["Open", "Sent", "Archived"])
FIELDS = ["id", "number", "status", "prediscountSubtotal", "taxedPrediscountSubtotal", "subtotal", "taxedSubtotal"]


def exactly(value: float) -> Decimal:
    """The decimal that a number of a body spells."""
    return Decimal(str(value))


class Open2bReceipts(RuleBasedStateMachine):
    """Receipts that are made, changed and deleted, and found again."""

    service: Service
    open2b = Bundle("open2b")

    def __init__(self) -> None:
        super().__init__()
        self.kept_receipts: dict[int, dict[str, Any]] = {}
        self.deleted: set[int] = set()

    @rule(target=open2b, items=ITEMS, discounts=PERCENTS, with_taxes=st.booleans())
    def create_open2b(self, items: Any, discounts: Any, with_taxes: bool) -> int:
        """A new receipt, whose identifier no other ever had."""
        receipt = {
            "number": f"n{len(self.kept_receipts)}",
            "items": items,
            "discounts": discounts,
            "discountsIncludeTaxes": with_taxes,
            "billingAddress": NEW["billingAddress"],
        }
        id: int = done(self.service, "create", {"receipt": receipt})["id"]
        assert id not in self.kept_receipts
        assert id not in self.deleted
        self.kept_receipts[id] = {**receipt, "status": "Open"}
        return id

    @rule(id=open2b, items=ITEMS, discounts=PERCENTS, status=STATUSES, what=st.sampled_from(["goods", "status"]))
    def update_open2b(self, id: int, items: Any, discounts: Any, status: str, what: str) -> None:
        """Change the goods or the status; what was deleted is not there."""
        change = {"items": items, "discounts": discounts} if what == "goods" else {"status": status}
        answer = ask(self.service, "update", {"id": id, "receipt": change})
        assert answer.status_code == (200 if id in self.kept_receipts else 422), answer.text
        if id in self.kept_receipts:
            self.kept_receipts[id] |= change

    @rule(id=consumes(open2b))
    def delete_open2b(self, id: int) -> None:
        """Delete a receipt; again is as good as once."""
        for _ in range(2):
            done(self.service, "delete", {"ids": [id]})
        self.kept_receipts.pop(id, None)
        self.deleted.add(id)

    @invariant()
    def the_open2b_receipts_are_those_that_were_made(self) -> None:
        """All of them, with the totals that decimals give."""
        found = done(self.service, "find", {"fields": FIELDS})["receipts"]
        assert found == [{"id": id, **self.shown(kept)} for id, kept in sorted(self.kept_receipts.items())]
        assert done(self.service, "count", {}) == {"count": len(self.kept_receipts)}

    @staticmethod
    def shown(kept: dict[str, Any]) -> dict[str, Any]:
        """The number, the status and the totals of the goods."""
        pieces = [
            Piece(exactly(item["quantity"]), exactly(item["price"]), str(item["taxClass"]), RATES[item["taxClass"]])
            for item in kept["items"]
        ]
        discounts = [(one["type"], exactly(one["value"])) for one in kept["discounts"]]
        totals = reckoned(pieces, discounts, "HalfUp", "PerLine", with_taxes=kept["discountsIncludeTaxes"])
        return {"number": kept["number"], "status": kept["status"], **totals}
