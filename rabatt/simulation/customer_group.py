"""The group that a customer is counted in."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from engine.compiled.requirements import customer_field
from engine.fields.columns import texts_of
from rules import Receipt
from rules.grant import EVERYONE

KNOWN: Final = "customer"
ANONYMOUS: Final = "no customer"
# The customer's field is absent.
NONE: Final = "none"


def is_somebody(customer_id: str | None) -> bool:
    """Say whether a receipt's customer can have grants of their own: an empty id names nobody, `*` everyone."""
    return customer_id not in {None, "", EVERYONE}


def group_of(receipt: Receipt, path: tuple[str, ...] | None) -> str:
    """Return the group of a receipt's customer: what a field of the customer says, else whether there is one."""
    if path is None:
        return KNOWN if is_somebody(receipt.customer_id) else ANONYMOUS
    customer: Mapping[str, Any] = receipt.document.get("customer") or {}
    return group_named(tuple(texts_of(customer_field(customer, path))))


def group_warning(groups: Iterable[str], field: str | None) -> str | None:
    """Return what to say of a field that tells nobody apart, given the groups that there are; None where it does."""
    if field is None or set(groups) != {NONE}:
        return None
    return (
        f'{field} tells nobody apart: every receipt is in the group "{NONE}"; write the field as the receipts have it'
    )


def group_named(texts: Sequence[str]) -> str:
    """Return the group that the texts of a field name."""
    return ", ".join(texts) or NONE
