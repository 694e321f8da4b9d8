"""Every call of the service by the client that openapi-python-client made: `python calls.py URL TOKEN OPEN2B_RECEIPT`.

It runs in the environment of that client, whose package is on the path, and prints the name of each operation once its
answer was of the type that the document promises, with nothing lost.
"""

import json
import re
import sys
from collections.abc import Iterator
from datetime import datetime
from enum import Enum
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any, get_args, get_type_hints

PACKAGE = "rabatt_client"
ACCOUNT = "T12345678"
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT")
AT = "2026-06-01T12:00:00Z"


class Calls:
    """The generated functions, by the names of their operations."""

    def __init__(self, url: str, token: str) -> None:
        package = import_module(PACKAGE)
        self.client = package.AuthenticatedClient(
            base_url=url, token=token, raise_on_unexpected_status=True, timeout=600
        )
        self.plain = package.Client(base_url=url, raise_on_unexpected_status=True, timeout=600)
        self.error = import_module(f"{PACKAGE}.models").Error
        self.modules = dict(self._modules())

    def _modules(self) -> Iterator[tuple[str, Any]]:
        api = import_module(f"{PACKAGE}.api")
        for tag in iter_modules(api.__path__):
            package = import_module(f"{PACKAGE}.api.{tag.name}")
            for module in iter_modules(package.__path__):
                yield module.name, import_module(f"{PACKAGE}.api.{tag.name}.{module.name}")

    def __call__(self, name: str, body: Any = None, *, kind: str = "", **parameters: Any) -> Any:
        """The answer as plain data; `kind` is the name of the body's type where there are several."""
        function = self.modules[name].sync_detailed
        hints = get_type_hints(function)
        if body is not None:
            types = [one for one in (hints["body"], *get_args(hints["body"])) if hasattr(one, "from_dict")]
            (model,) = [one for one in types if kind in {"", one.__name__}][:1]
            parameters["body"] = model.from_dict(body)
            assert with_times(parameters["body"].to_dict()) == with_times(body), (name, "the body is another one")
        for parameter, value in parameters.items():
            kinds = (hints[parameter], *get_args(hints[parameter]))
            choices = [one for one in kinds if isinstance(one, type) and issubclass(one, Enum)]
            parameters[parameter] = choices[0](value) if choices else value
        client = self.client if "AuthenticatedClient" in str(hints["client"]) else self.plain
        answer = function(client=client, **parameters)
        assert 200 <= answer.status_code < 300, (name, answer.status_code, answer.content)
        assert not isinstance(answer.parsed, self.error), (name, answer.content)
        if name == "metrics":
            print(name)
            return answer.content
        sent = json.loads(answer.content)
        told = plain(answer.parsed)
        assert with_times(told) == with_times(sent), (name, "the types tell another answer", told, sent)
        print(name)
        return sent


def plain(parsed: Any) -> Any:
    """What the generated types hold, as JSON has it."""
    return [plain(one) for one in parsed] if isinstance(parsed, list) else parsed.to_dict()


def with_times(value: Any) -> Any:
    """The same with instants as such, which the types spell in another way."""
    match value:
        case dict():
            return {name: with_times(member) for name, member in value.items()}
        case list():
            return [with_times(member) for member in value]
        case str() if INSTANT.match(value):
            return datetime.fromisoformat(value)
        case _:
            return value


def main() -> None:
    """Sell, return and credit goods, and tidy up."""
    call = Calls(*sys.argv[1:3])
    here = {"aid": ACCOUNT}
    for name in ("live", "ready", "metrics"):
        call(name)
    did = rules_and_grants(call, here)
    purchases(call, here, did)
    credit_notes(call)
    open2b(call)
    call("delete_grants", {"customers": ["kari"]}, did=did, **here)
    assert call("delete_rule", did=did, **here)["deleted_by"] == "rabatt token"


def rules_and_grants(call: Calls, here: dict[str, str]) -> str:
    """A rule that a customer and everyone have; its id."""
    rule = {
        "name": "An eighth off",
        "reward": {"type": "discount_item_percent", "value": 12.5},
        "requirement": {"item": {"items": [{"id": "mug"}, {"id": "cup-*"}]}, "store": {"name": [{"prefix": "S"}]}},
        "limitation": {"discount_repeat_usage": 9},
        "metadata": {"colour": "red"},
    }
    made = call("post_rule", rule, idempotency_key="make-it-once", **here)
    assert call("post_rule", rule, idempotency_key='"make-it-once"', **here) == made
    did = str(made["id"])
    assert call("get_rule", did=did, **here) == made
    assert call("put_rule", {"description": "Off", "visible_from": "2026-01-01T00:00:00Z"}, did=did, **here)["name"]
    customers = {"customers": ["kari", "*"]}
    assert len(call("post_grants", customers, did=did, **here)["refs"]) == len(customers["customers"])
    assert len(call("list_grants", did=did, limit=5, **here)) == len(customers["customers"])
    assert call("list_rules", statistics=True, state="active", **here)[0]["statistics"]["usage"] == 0
    assert call("list_stranded_balances", limit=5, **here) == []
    assert call("list_public_rules", **here)[0]["id"] == did
    assert call("list_customer_rules", customer_id="kari", **here)[0]["refs"]
    token = {"value": "0403 8811", "type": "CARD", "token_id": "t-1"}
    call("put_customer_token", token, customer_id="kari", **here)
    (tied,) = call("get_customer_tokens", customer_id="kari", **here)["tokens"]
    assert {name: tied[name] for name in token} == token
    return did


def purchases(call: Calls, here: dict[str, str], did: str) -> None:
    """One that is claimed, stored and returned, and one that gets its customer later."""
    line = {"line_id": 1, "id": "mug", "quantity": 2, "gross_amount": 2000, "eligible_for_discount": True}
    receipt = {
        "receipt_id": "r/1",
        "purchase_at": AT,
        "currency": "NOK",
        "store": {"id": "s1", "name": "Shop"},
        "customer": {"token": {"value": "0403 8811", "type": "CARD"}},
        "items": [{**line, "tax_lines": [{"amount": 350, "percentage": 25}]}],
    }
    evaluated = call("available_for_receipt", receipt, kind="Receipt", explain=True, rule_id=[did], **here)
    assert (evaluated["customer_id"], evaluated["items"][0]["net_amount"]) == ("kari", 1750)
    assert evaluated["explanation"]["optimal"]
    claim = {name: evaluated[name] for name in ("purchase_at", "customer_id")}
    refs = [{name: ref[name] for name in ("id", "amount", "usage")} for ref in evaluated["discounts"][0]["refs"]]
    claim |= {"ref": "r/1", "type": "pos", "discounts": [{"id": did, "refs": refs}]}
    claimed = call("claim", claim, idempotency_key="claim", **here)
    assert call("find_claim", ref="r/1", **here) == claimed == call("get_claim", id=claimed["id"], **here)
    stored = {name: value for name, value in evaluated.items() if name != "explanation"}
    call("post_receipt", stored, **here)
    assert len(call("get_customer_receipts", customer_id="kari", limit=2, **here)["receipts"]) == 1
    back = {"ref": "back", "items": [{"line_id": 1, "quantity": 1}]}
    assert call("post_return", back, receipt_id="r/1", **here)["refund_amount"] == 875
    found = call("search_receipts", receipt_id="r/1", store_id="s1", **here)["receipts"]
    assert len(found[0]["returns"]) == 1
    call("post_receipt", {**receipt, "receipt_id": "r2"}, **here)
    added = {"customer_id": "kari", "discounts": evaluated["discounts"]}
    assert call("put_receipt", added, receipt_id="r2", **here)["customer_id"] == "kari"
    assert call("cancel_claim", id=claimed["id"], **here)["deleted_by"] == "rabatt token"
    call("delete_customer_token", {"value": "0403 8811", "type": "CARD"}, customer_id="kari", **here)


def credit_notes(call: Calls) -> None:
    """One of lines of its own that is deleted, and one for a return that is booked."""
    company = {"organization_id": ACCOUNT}
    lines = {"ProductLines": [{"Description": "Mug", "Quantity": 2, "BaseAmountValue": 12.5, "AccountNumber": 1000}]}
    note = call("post_credit_note", lines, **company)
    where = {"guid": note["Guid"], **company}
    changed = call("put_credit_note", {**lines, "Timestamp": note["TimeStamp"], "Comment": "Broken"}, **where)
    assert call("get_credit_note", **where) == changed
    call("delete_credit_note", {"Timestamp": changed["TimeStamp"]}, **where)
    note = call("post_credit_note", {"fromReturn": "back"}, **company)
    where["guid"] = note["Guid"]
    assert call("book_credit_note", {"Timestamp": note["TimeStamp"]}, **where)["Number"] == 1
    assert len(call("list_credit_notes", status="Booked", **company)["creditnotes"]) == 1


def open2b(call: Calls) -> None:
    """A receipt of Open2b's: made, found, changed and deleted."""
    new = json.loads(Path(sys.argv[3]).read_text("utf-8"))
    id = call("open2b_create", {"receipt": new})["id"]
    assert call("open2b_get", {"id": id})["receipt"]["id"] == id
    assert call("open2b_find", {"conditions": {"status": ["Open"]}, "order": ["-id"], "limit": 5})["receipts"]
    assert call("open2b_count", {"conditions": {}})["count"] == 1
    call("open2b_update", {"id": id, "receipt": {"status": "Sent"}})
    call("open2b_delete", {"ids": [id]})


if __name__ == "__main__":
    main()
