"""The door: JSON bytes, text or Python data to rules, receipts and grants, or one Refused with every fault."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeGuard

from rules.check import check_grants, faults_of_rule, same_id_faults
from rules.compact import compacted
from rules.fault import MOST_FAULTS, Fault, Further, Refused, above, first_of, further, path_of
from rules.grant import Grant
from rules.parse import MOST_VALUES_OF_AN_ENTRY, has_too_many_values, parse, plain, refused
from rules.quick_receipt import quick_receipt
from rules.receipt import NO_LINE_ID, Receipt
from rules.receipt_rest import ReceiptRest
from rules.refuse import faults_of, faults_of_all
from rules.repair import repaired
from rules.rule import Rule
from rules.validate import Faulty, reader_of
from rules.values import LARGEST

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Sequence

    from rules.refuse import Location


def read_rules(data: object, most_faults: int = MOST_FAULTS) -> tuple[Rule, ...]:
    """The rules of a list, of `{"rules": […]}` or `{"discounts": […]}`, or of one rule.

    Refused with the first faults, `most_faults` of them if there are more; nothing is read after these.
    """
    entries = _entries(data, "rules", ("rules", "discounts"), one="reward")
    ids = [_id_of(entry) for entry in entries]
    rules: list[Rule] = []
    faults: list[Fault] = []
    parts: dict[Hashable, Any] = {}
    # Of text the numbers were read as decimals; Python data was copied as plain data once.
    is_text = _is_text(data)
    for index in range(len(entries)):
        # Each document is let go of once it is read, so that no more than one of them is there twice.
        entry, entries[index] = entries[index], None
        if len(faults) >= most_faults:
            faults.append(further())
            break
        document = plain(entry) if is_text else entry
        rule, found = _read_rule(entry, document, ("rules", index), most_faults - len(faults))
        faults += found
        rules += [compacted(rule, parts)] if rule else []
    faults += same_id_faults("rules", ids)
    if faults:
        raise Refused(faults, most_faults)
    return tuple(rules)


def _read_rule(entry: object, document: object, path: Location, most: int) -> tuple[Rule | None, list[Fault]]:
    """The rule with its document, or its faults, so many of them at most and one for those left out.

    They are those of single fields and, as far as these leave room, those between fields.
    """
    written = without_absent(entry, (None, [], {}))
    try:
        rule = reader_of(Rule).read(written, document)
    except Faulty as faulty:
        faults = faults_of(faulty, Rule, path, most)
        if isinstance(faults[-1], Further):
            return None, faults
        mended = repaired(written, faulty.error)
        at_fault = {fault.path for fault in faults}
        touched = at_fault.union(*(above(place) for place in at_fault))
        # A fault between fields may come from a field that is itself at fault, or was put aside: that one is enough.
        between = (
            fault
            for fault in (faults_of_rule(mended, path) if mended else ())
            if fault.path not in touched and at_fault.isdisjoint(above(fault.path))
        )
        return None, faults + first_of(between, most - len(faults))
    faults = first_of(faults_of_rule(rule, path), most)
    return (None if faults else rule), faults


def read_grants(data: object, rules: Iterable[Rule] = ()) -> tuple[Grant, ...]:
    """The grants of a list or of `{"grants": […]}`, checked against the rules they name; Refused with every fault."""
    entries = _entries(data, "grants", ("grants",), one="discount_id")
    grants: list[Grant] = []
    faults: list[Fault] = []
    for index, entry in enumerate(entries):
        if len(faults) >= MOST_FAULTS:
            faults.append(further())
            break
        try:
            grants.append(reader_of(Grant).read(without_absent(entry, (None,)), entry))
        except Faulty as faulty:
            faults += faults_of(faulty, None, ("grants", index), MOST_FAULTS - len(faults))
    if faults:
        raise Refused([*faults, *same_id_faults("grants", [_id_of(entry) for entry in entries])])
    check_grants(grants, rules)
    return tuple(grants)


def read_receipt(data: object) -> Receipt:
    """The receipt, with the document it came from; Refused with every fault."""
    quick = quick_receipt(data) if isinstance(data, bytes | str) else None
    return receipt_by_models(data) if quick is None else quick


def receipt_by_models(data: object) -> Receipt:
    """The same, for data of any sort and with whatever faults: the models decide."""
    document = parse(data)
    if not isinstance(document, dict):
        raise refused("a receipt is an object")
    faulties: list[Faulty] = []
    lines = document.get("items")
    try:
        receipt = reader_of(Receipt).read(document, document)
    except Faulty as faulty:
        faulties.append(faulty)
    try:
        reader_of(ReceiptRest).read(document)
    except Faulty as faulty:
        faulties.append(faulty)
    if faulties:
        faults = [
            fault.at("store.id") if fault.path == "store" and "store" not in document else fault
            for fault in faults_of_all(faulties)
        ]
        raise Refused([*faults, *_line_id_faults(lines)])
    for position, line in enumerate(receipt.items, 1):
        if line.line_id == NO_LINE_ID:
            line.take_position(position)
    if len({line.line_id for line in receipt.items}) < len(receipt.items):
        raise Refused(_line_id_faults(lines))
    return receipt


def _line_id_faults(lines: object) -> Iterator[Fault]:
    """A fault for each line whose id an earlier one has, own or by position; what is no line is passed over."""
    found = 0
    first: dict[int, int] = {}
    for index, line in enumerate(lines if isinstance(lines, list) else []):
        own = line.get("line_id") if isinstance(line, dict) else False
        line_id = index + 1 if own is None else own
        if isinstance(line_id, bool) or not isinstance(line_id, int | float) or abs(line_id) > LARGEST:
            continue
        earlier = first.setdefault(int(line_id), index)
        if earlier != index:
            found += 1
            if found > MOST_FAULTS:
                continue
            sentence = (
                f"line_id {int(line_id)} is used twice, first by items[{earlier}]; a line without one gets its position"
            )
            yield Fault(path_of(("items", index, "line_id")), sentence)
    if found > MOST_FAULTS:
        yield further(found - MOST_FAULTS)


def _entries(data: object, root: str, names: Sequence[str], *, one: str) -> list[Any]:
    """The list of documents, whichever of the accepted shapes it came in."""
    entries = _listed(data, root, names, one=one)
    # A text has no more values than characters.
    if _is_text(data) and len(data) > MOST_VALUES_OF_AN_ENTRY:
        sentence = f"more than {MOST_VALUES_OF_AN_ENTRY} values in one entry; split it into several"
        faults = [Fault(path_of((root, at)), sentence) for at, one in enumerate(entries) if has_too_many_values(one)]
        if faults:
            raise Refused(faults)
    return entries


def _is_text(data: object) -> TypeGuard[bytes | bytearray | memoryview | str]:
    return isinstance(data, bytes | bytearray | memoryview | str)


def _listed(data: object, root: str, names: Sequence[str], *, one: str) -> list[Any]:
    try:
        tree = parse(data, exact=True)
    except Refused as refusal:
        raise Refused(_below(fault, root, names) for fault in refusal.faults) from None
    if isinstance(tree, list):
        return tree
    if not isinstance(tree, dict):
        raise refused(f'{root} are a list, or an object with a list "{names[0]}"')
    name = next((name for name in names if name in tree), None)
    if one in tree or (name is None and "id" in tree):
        return [tree]
    if name is None:
        raise refused(f'the object holds no "{names[0]}"; give a list, or {{"{names[0]}": […]}}')
    if not isinstance(tree[name], list):
        raise Refused([Fault(name, "a list is wanted")])
    return list(tree[name])


def _below(fault: Fault, root: str, names: Sequence[str]) -> Fault:
    """The fault with its path as in a list of documents."""
    if not fault.path or fault.path.startswith(tuple(f"{name}[" for name in names)):
        return fault
    separator = "" if fault.path.startswith("[") else "[0]."
    return fault.at(f"{root}{separator}{fault.path}")


def _id_of(entry: object) -> object:
    return entry.get("id") if isinstance(entry, dict) else None


def without_absent(value: Any, absent: tuple[Any, ...]) -> Any:
    """A copy without the fields whose value stands for leaving them out, innermost first; members of lists stay.

    Null is always absent; what else is absent is a list or an object.
    """
    if isinstance(value, dict):
        kept = {}
        for name, member in value.items():
            if isinstance(member, dict | list):
                inner = without_absent(member, absent)
                if inner not in absent:
                    kept[name] = inner
            elif member is not None:
                kept[name] = member
        return kept
    if isinstance(value, list):
        return [without_absent(member, absent) for member in value]
    return value
