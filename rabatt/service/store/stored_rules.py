"""Rules from the documents that the store has of them."""

from collections.abc import Iterable

from rules import Refused, Rule, exact_json, read_rules
from rules.codes import code_text


def read_stored(documents: Iterable[str]) -> tuple[Rule, ...]:
    """Return the rules of stored documents, each of which was checked when it came.

    An empty code was legal once. No receipt has one (POLICY 13), so a rule that asks for it is switched off; it is
    refused where somebody changes it.
    """
    documents = tuple(documents)
    try:
        return _read(documents)
    except Refused:
        return _read(map(_without_empty_code, documents))


def _read(documents: Iterable[str]) -> tuple[Rule, ...]:
    # As text: of data that was read before, a percent would have no more decimals than a float has.
    return read_rules(f"[{','.join(documents)}]")


def _without_empty_code(text: str) -> str:
    document = exact_json.read(text)
    requirement = document.get("requirement") or {}
    code = requirement.get("discount_code")
    if not isinstance(code, str) or code_text(code):
        return text
    del requirement["discount_code"]
    return exact_json.write({**document, "active": False})
