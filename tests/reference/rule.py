"""A rule as the reference engine sees it: the document with its empty fields left out."""

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from tests.reference.kinds import KINDS, Kind

Document = dict[str, Any]


def without_empty(value: object) -> object:
    """Return the value with the fields left out that are null, an empty list or an empty object."""
    if isinstance(value, dict):
        fields = {name: without_empty(field) for name, field in value.items()}
        return {name: field for name, field in fields.items() if field not in (None, [], {})}
    if isinstance(value, list):
        return [without_empty(element) for element in value]
    return value


def object_at(document: object, name: str) -> Document:
    """Return the object in a field, or an empty one."""
    field = document.get(name) if isinstance(document, dict) else None
    return field if isinstance(field, dict) else {}


def objects_at(document: object, name: str) -> list[Document]:
    """Return the list of objects in a field, or an empty one."""
    field = document.get(name) if isinstance(document, dict) else None
    return field if isinstance(field, list) else []


def matches(matchers: list[Document], line: Document) -> bool:
    """Return whether one of the matchers accepts a line of the receipt (SPEC 1 and 2)."""
    groups = [group.get("id") for group in objects_at(line, "groups")]
    return any(
        ("id" not in matcher or matcher["id"] in ("*", "ANY_ITEM", line.get("id")))
        and ("group_id" not in matcher or matcher["group_id"] in groups)
        for matcher in matchers
    )


@dataclass(frozen=True, eq=False)
class Rule:
    """One rule: the document as given, and what the sections 4 to 7 call it."""

    document: Document

    @cached_property
    def clean(self) -> Document:
        """The document without empty fields."""
        clean = without_empty(self.document)
        return clean if isinstance(clean, dict) else {}

    @cached_property
    def id(self) -> str:
        """The id, by which rules are ordered."""
        return str(self.document["id"])

    @cached_property
    def requirement(self) -> Document:
        """What must hold."""
        return object_at(self.clean, "requirement")

    @cached_property
    def item(self) -> Document:
        """What must hold of the lines."""
        return object_at(self.requirement, "item")

    @cached_property
    def items(self) -> list[Document]:
        """The matchers of `item.items`."""
        return objects_at(self.item, "items")

    @cached_property
    def mixes(self) -> list[Document]:
        """The mixes."""
        return objects_at(self.item, "mixes")

    @cached_property
    def quantity(self) -> int:
        """The units asked for, one at least."""
        return max(1, int(self.item.get("quantity", 0)))

    @cached_property
    def limitation(self) -> Document:
        """The limitations."""
        return object_at(self.clean, "limitation")

    def limit(self, name: str) -> int | None:
        """Return a limitation that is a number, or None where there is no limit."""
        number = int(self.limitation.get(name, -1))
        return None if number == -1 else number

    @cached_property
    def reward(self) -> Document:
        """The reward."""
        return object_at(self.clean, "reward")

    @cached_property
    def kind(self) -> Kind:
        """The kind of the reward."""
        return KINDS[str(self.reward["type"])]

    @cached_property
    def value(self) -> Fraction | None:
        """The value, exact."""
        return None if "value" not in self.reward else Fraction(str(self.reward["value"]))

    def value_on(self, line: Document) -> Fraction | None:
        """Return the value for the units of a line: of the first entry that matches, else the rule's."""
        for entry in objects_at(self.reward, "values"):
            if matches(objects_at(entry, "items"), line):
                return Fraction(str(entry["value"]))
        return self.value

    @cached_property
    def is_bonus(self) -> bool:
        """Whether the amount is booked as bonus."""
        return bool(self.reward.get("effect") == "bonus")

    @cached_property
    def is_on_net(self) -> bool:
        """Whether the base is net."""
        return bool(self.reward.get("base") == "net")

    @cached_property
    def is_percent(self) -> bool:
        """Whether the value is a percent."""
        return self.kind.is_percent

    @cached_property
    def is_debit(self) -> bool:
        """Whether it pays from a balance."""
        return self.kind.is_balance

    @cached_property
    def is_receipt_rule(self) -> bool:
        """Whether it has neither items nor mixes."""
        return not self.items and not self.mixes

    @cached_property
    def stamps(self) -> int:
        """The stamps that buy one reward; 0 for none."""
        return int(self.requirement.get("stamp", 0))

    @cached_property
    def is_item_stamp_rule(self) -> bool:
        """Whether it is rewarded in step 2."""
        return self.stamps > 0 and not self.is_receipt_rule

    @cached_property
    def forms_sets(self) -> bool:
        """Whether it is rewarded in step 1."""
        sets = self.kind.sets
        if self.is_receipt_rule or self.stamps or sets == "never":
            return False
        return bool(self.mixes) or sets == "always" or (sets == "of mixes or a quantity" and self.quantity > 1)

    @cached_property
    def is_flat(self) -> bool:
        """Whether it is rewarded in step 3."""
        return not (self.is_receipt_rule or self.stamps or self.is_debit or self.forms_sets)

    @cached_property
    def has_any_item(self) -> bool:
        """Whether it comes after all others of step 3."""
        return any(matcher.get("id") == "ANY_ITEM" for matcher in self.items)
