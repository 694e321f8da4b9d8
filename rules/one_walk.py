"""A receipt read in one walk over its document, without asking the models of `receipt` and `receipt_rest`.

It takes what nearly every till sends, and gives the same receipt as the models. Whatever may be a fault, or is seldom
written, is a `Doubt`, and the models read the document then: they alone say what is wrong.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rules.receipt_line import ReceiptLine

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

Document = dict[str, Any]

# Those of the models, as numbers that a compiler knows.
LARGEST: Final = 1_000_000_000_000_000
LEAST: Final = -1_000_000_000_000_000
# Of values of which nothing is known; as much as any till sends.
DEEPEST_UNKNOWN = 100


class Doubt(Exception):
    """A document that may have a fault."""


class ObjectKind:
    """A kind of object, by what its known fields may hold; fields of other names may hold anything.

    `not_text` names the fields in which text is not plainly right, `not_whole` those of integers, and so on; `required`
    those that an object must have. `objects` and `lists` have the kind of what is below a field. `checks` has for every
    known field what raises where a value is not right that is not plainly so.
    """

    __slots__ = (
        "checks",
        "lists",
        "not_flag",
        "not_fraction",
        "not_null",
        "not_text",
        "not_whole",
        "objects",
        "required",
    )

    def __init__(
        self,
        required: frozenset[str],
        not_plain: Mapping[type, frozenset[str]],
        objects: Mapping[str, ObjectKind],
        lists: Mapping[str, ObjectKind],
        checks: Mapping[str, Callable[[Any], Any]],
    ) -> None:
        """Take the names of fields; `not_plain` has by type those in which its values are not plainly right."""
        self.required = required
        self.not_text = not_plain[str]
        self.not_whole = not_plain[int]
        self.not_fraction = not_plain[float]
        self.not_flag = not_plain[bool]
        self.not_null = not_plain[type(None)]
        self.objects = dict(objects)
        self.lists = dict(lists)
        self.checks = dict(checks)


class Walk:
    """One walk over one document: `names` are those of all its objects, counted.

    `read_discounts` and `read_bonuses` are the models' readers of what a line brought; they raise for what is wrong.
    """

    __slots__ = ("names", "read_bonuses", "read_discounts")

    def __init__(self, read_discounts: Callable[[Any], Any], read_bonuses: Callable[[Any], Any]) -> None:
        """Begin with nothing looked at."""
        self.names = 0
        self.read_discounts = read_discounts
        self.read_bonuses = read_bonuses

    # Not in parts: a call for each value takes as long as all else.
    def look_at(self, document: Document, kind: ObjectKind) -> None:  # noqa: C901, PLR0912
        """Looks at an object and all below it; a Doubt, or what a check raises, where one may have a fault."""
        self.names += len(document)
        if kind.required and not kind.required.issubset(document):
            raise Doubt
        not_text, not_whole, not_fraction = kind.not_text, kind.not_whole, kind.not_fraction
        for name, value in document.items():
            of = type(value)
            if of is str:
                if name in not_text:
                    _check(name, value, kind)
            elif of is int:
                # As an int of C where this is compiled.
                number: int = value
                if name in not_whole or number > LARGEST or number < LEAST:
                    raise Doubt
            elif of is list:
                below = kind.lists.get(name)
                if below is None:
                    _check(name, value, kind)
                    self.look_through(value, DEEPEST_UNKNOWN)
                else:
                    for member in value:
                        if type(member) is not dict:
                            raise Doubt
                        self.look_at(member, below)
            elif of is bool:
                if name in kind.not_flag:
                    raise Doubt
            elif of is dict:
                below = kind.objects.get(name)
                if below is None:
                    _check(name, value, kind)
                    self.look_through(value, DEEPEST_UNKNOWN)
                else:
                    self.look_at(value, below)
            elif value is None:
                if name in kind.not_null:
                    raise Doubt
            # A float beyond what is counted exactly may be an integer that was too long for the parser.
            elif name in not_fraction or not LEAST <= value <= LARGEST:
                raise Doubt

    def look_through(self, value: Any, levels: int) -> None:
        """Counts the names in a list or an object of which nothing is known; a Doubt where a number is too large."""
        if not levels:
            raise Doubt
        members: Collection[Any] = value
        if type(value) is dict:
            self.names += len(value)
            members = value.values()
        for member in members:
            of = type(member)
            if of is dict or of is list:
                self.look_through(member, levels - 1)
            elif of is float and not LEAST <= member <= LARGEST:
                raise Doubt

    def lines(self, documents: list[Document]) -> tuple[ReceiptLine, ...]:
        """The lines that were looked at; a Doubt where two have one id."""
        lines = []
        ids = set()
        position = 0
        for document in documents:
            position += 1
            group_ids: tuple[str, ...] = ()
            groups = document.get("groups")
            if groups:
                group_ids = _ids_of(groups)
            quantity = document.get("quantity", 1)
            if type(quantity) is not int:
                quantity = 1 if quantity is None else int(quantity) if quantity.is_integer() else quantity
            brought, bonuses = document.get("discount_lines"), document.get("bonus_lines")
            own_id: int | None = document.get("line_id")
            has_line_id = own_id is not None
            line_id = position if own_id is None else own_id
            ids.add(line_id)
            line = ReceiptLine(
                line_id,
                has_line_id,
                document.get("id"),
                group_ids,
                quantity,
                document.get("gross_amount"),
                document.get("net_amount"),
                document.get("eligible_for_discount") is True,
                document.get("voided") is True,
                document.get("is_return_item") is True,
                document.get("scale_item") is True,
                self.read_discounts(brought) if brought else (),
                self.read_bonuses(bonuses) if bonuses else (),
            )
            lines.append(line)
        if len(ids) < position:
            raise Doubt
        return tuple(lines)


def _ids_of(groups: list[Document]) -> tuple[str, ...]:
    ids = []
    for group in groups:
        name = group.get("id")
        if name is not None:
            ids.append(name)
    return tuple(ids)


def _check(name: str, value: Any, kind: ObjectKind) -> None:
    """Looks at a value that is not plainly right; that of a name that is not known may be anything."""
    check = kind.checks.get(name)
    if check is not None:
        check(value)
