"""A rule on its way in and out: what callers may say of it, what is kept, what a patch makes of it, what is shown."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from pydantic_core import PydanticCustomError

from rabatt.service.bodies.document_ids import OF_RULE, with_normal_ids
from rabatt.service.clock import in_the_calendar, written
from rabatt.service.identifiers import read_rule_id
from rabatt.service.schemas.rules import READ_ONLY
from rabatt.service.store.rules import PatchedRule, RuleText, StoredRule
from rabatt.service.store.stored_rules import read_stored
from rules import Fault, Refused, Rule, exact_json, read_rules
from rules.fault import shown as shown_in_words
from rules.parse import parse


def read_new_rule(data: bytes, new_id: str) -> RuleText:
    """The rule that a body spells, under its own id or else the new one; Refused with every fault."""
    given = _own(_object(data))
    if given.get("id") is None:
        given = {"id": new_id, **{name: value for name, value in given.items() if name != "id"}}
    wrong = []
    try:
        given["id"] = read_rule_id(given["id"])
    except PydanticCustomError as error:
        wrong.append(Fault("id", f"{error.message()}; here is {shown_in_words(given['id'])}"))
        given["id"] = new_id
    return _read(exact_json.write(given), wrong)[1]


def read_patch(data: bytes, rule_id: str) -> dict[str, Any]:
    """The merge patch that a body spells; Refused where it is no object, or would give the rule another id."""
    patch = _own(_object(data))
    if patch.pop("id", rule_id) != rule_id:
        raise Refused([Fault("id", "a rule keeps its id; leave this out, or make a new rule")])
    return patch


def patched(before: StoredRule, patch: dict[str, Any], most_bytes: int) -> PatchedRule:
    """What a merge patch makes of a rule; Refused with every fault of the rule that would come of it."""
    text = exact_json.write(merged(exact_json.read(before.document), patch))
    if len(text.encode()) > most_bytes:
        raise Refused([Fault("", f"the rule would be longer than {most_bytes} bytes; take something off it")])
    rule, kept = _read(text)
    return PatchedRule(kept, lambda: restricted_changes(model_of(before), rule))


def merged(document: Any, patch: Any) -> Any:
    """The document with a JSON merge patch (RFC 7386); both stay as they were."""
    if not isinstance(patch, dict):
        return patch
    result = dict(document) if isinstance(document, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), value)
    return result


def restricted_changes(before: Rule, after: Rule) -> list[Fault]:
    """The changes that a rule may not have once it was used."""
    faults = []
    if after.requirement.purchase_from != before.requirement.purchase_from:
        faults.append(Fault("requirement.purchase_from", "a rule that was used keeps its start; make a new rule"))
    if _is_earlier(after.requirement.purchase_to, before.requirement.purchase_to):
        faults.append(
            Fault("requirement.purchase_to", "a rule that was used may only end later; deactivate it instead")
        )
    if after.reward != before.reward:
        faults.append(Fault("reward", "a rule that was used keeps its reward; make a new rule"))
    return faults


def _is_earlier(after: datetime | None, before: datetime | None) -> bool:
    return after is not None and (before is None or after < before)


def model_of(rule: StoredRule) -> Rule:
    """The rule as the engine reads it."""
    return read_stored([rule.document])[0]


def shown(rule: StoredRule, model: Rule) -> dict[str, Any]:
    """The rule as answers have it: as it was sent, and what the service says of it."""
    deleted: Mapping[str, Any] = {}
    if rule.deleted_at is not None:
        deleted = {"deleted_at": written(rule.deleted_at), "deleted_by": rule.deleted_by}
    return {
        **exact_json.read(rule.document),
        "type": "receipt" if model.is_receipt_rule else "item",
        "active": model.active,
        "private": model.private,
        "created_at": written(rule.created_at),
        "created_by": rule.created_by,
        "updated_at": written(rule.updated_at),
        "updated_by": rule.updated_by,
        **deleted,
    }


PRIVATE_METADATA = "dintero:exclude:public:"


def shown_to_anyone(rule: StoredRule, ref_id: str) -> dict[str, Any]:
    """The rule as the public sees it: without who wrote it, and without metadata that is marked as not public."""
    document = shown(rule, model_of(rule))
    for name in ("created_by", "updated_by"):
        del document[name]
    metadata = document.get("metadata")
    if isinstance(metadata, dict):
        kept = {name: value for name, value in metadata.items() if not name.startswith(PRIVATE_METADATA)}
        document["metadata"] = kept
    return {**document, "ref_id": ref_id}


def _object(data: bytes) -> dict[str, Any]:
    document = parse(data, exact=True)
    if not isinstance(document, dict):
        raise Refused([Fault("", "an object is wanted")])
    return document


def _own(document: dict[str, Any]) -> dict[str, Any]:
    own = {name: value for name, value in document.items() if name not in READ_ONLY}
    return dict(with_normal_ids(own, OF_RULE))


def _read(text: str, more: Iterable[Fault] = ()) -> tuple[Rule, RuleText]:
    """The rule of a document, and how it is kept; Refused with every fault, and with those that were found before."""
    faults = list(more)
    try:
        # As text, and in a list, it is read as the engine's rule sets read it.
        (rule,) = read_rules(f"[{text}]")
    except Refused as refused:
        found = (fault.at(fault.path.removeprefix("rules[0]").removeprefix(".")) for fault in refused.faults)
        raise Refused([*faults, *found]) from None
    if faults:
        raise Refused(faults)
    opens, closes = rule.requirement.purchase_from, rule.requirement.purchase_to
    return rule, RuleText(
        id=rule.id,
        document=text,
        active=rule.active,
        private=rule.private,
        purchase_from=in_the_calendar(opens),
        purchase_to=in_the_calendar(closes),
        visible_from=in_the_calendar(rule.visible_from),
    )
