"""What a replay shall find, slow and plain: one customer after the other, one receipt after the other, evaluated anew.

It shares nothing with `simulation`. What a receipt gets is asked of the evaluator; what is left of a grant is taken
from the refs of its answer.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

from engine import RuleSet, Settings, compile_rules, evaluate
from engine.basket.basket import lay_out
from rules import Receipt, Refused, read_grants, read_receipt, read_rules

Document = dict[str, Any]

EVERYONE = "*"
OF_LINES = ("discount_lines", "bonus_lines", "net_amount")
OF_RECEIPTS = ("discounts", "net_amount", "total_discount", "total_manual_discount_amount", "total_bonus")


class Given(NamedTuple):
    """What one rule gave on one receipt; `uses` is 1, or 0 where only stamps were earned."""

    uses: int = 0
    discount: int = 0
    bonus: int = 0
    stamps: int = 0
    debit: int = 0


class Replayed(NamedTuple):
    """A receipt as it was read, and what each rule gave on it in both worlds, and took off each line."""

    receipt: Receipt
    baseline: Mapping[str, Given]
    scenario: Mapping[str, Given]
    baseline_lines: Mapping[int, int]
    scenario_lines: Mapping[int, int]
    optimal: bool


@dataclass
class Replay:
    """All receipts that were not refused, the documents of those that were, and at last each customer's grants.

    `ids` are those of the rules of both worlds.
    """

    ids: frozenset[str]
    receipts: list[Replayed] = field(default_factory=list)
    refused: list[Document] = field(default_factory=list)
    baseline_grants: dict[str, list[Document]] = field(default_factory=dict)
    scenario_grants: dict[str, list[Document]] = field(default_factory=dict)


class Question(NamedTuple):
    """Rules, draft and grants as documents, the rules that are taken out, and the options."""

    rules: Sequence[Document]
    draft: Sequence[Document] = ()
    without: Sequence[str] = ()
    grants: Sequence[Document] | None = None
    settings: Settings = Settings()
    since: str | None = None
    until: str | None = None
    brought: str = "keep"


class World:
    """The rules of one world, with those of the other switched off."""

    def __init__(self, rules: Sequence[Document], others: Sequence[Document]) -> None:
        here = {rule["id"] for rule in rules}
        off = [{**rule, "active": False} for rule in others if rule["id"] not in here]
        self.rule_set: RuleSet = compile_rules(read_rules([*rules, *off]))
        every = {rule["id"]: rule for rule in (*off, *rules)}
        self.ids = frozenset(every)
        self.stamped = {rule_id for rule_id, rule in every.items() if (rule.get("requirement") or {}).get("stamp")}
        self.debits = {rule_id for rule_id, rule in every.items() if rule["reward"]["type"] == "discount_debit"}


def plain_replay(receipts: Iterable[Document], question: Question) -> Replay:
    """Return what every receipt gets in both worlds."""
    baseline, scenario = worlds_of(question)
    replay = Replay(baseline.ids)
    owned: dict[str, list[Document]] = defaultdict(list)
    for grant in question.grants or ():
        owned[grant["customer_id"]].append(grant)
    everyones = None if question.grants is None else owned.pop(EVERYONE, [])
    read = list(read_receipts(receipts, question, replay.refused))
    for purchases in by_customer(read):
        customer_id = purchases[0].customer_id
        own = [] if customer_id is None else owned[customer_id]
        sides = [Customer(world, own, everyones) for world in (baseline, scenario)]
        for receipt in purchases:
            try:
                answers = [side.buy(receipt, question.settings) for side in sides]
            except Refused:
                replay.refused.append(receipt.document)
                continue
            (before, before_lines, first), (after, after_lines, second) = answers
            replay.receipts.append(Replayed(receipt, before, after, before_lines, after_lines, first and second))
        if customer_id is not None:
            replay.baseline_grants[customer_id] = sides[0].grants
            replay.scenario_grants[customer_id] = sides[1].grants
    return replay


def worlds_of(question: Question) -> tuple[World, World]:
    """Return the rules as they are, and with the draft; each knows the ids of both."""
    drafted = {rule["id"] for rule in question.draft}
    staying = [rule for rule in question.rules if rule["id"] not in drafted and rule["id"] not in question.without]
    later = [*staying, *question.draft]
    return World(question.rules, later), World(later, question.rules)


def read_receipts(documents: Iterable[Document], question: Question, refused: list[Document]) -> Iterator[Receipt]:
    """Yield the receipts of the period, each once; those at fault go to the others."""
    seen = set()
    for document in documents:
        if not is_of_period(document.get("purchase_at"), question):
            continue
        plain = strip_discounts(document) if question.brought == "strip" else document
        try:
            receipt = read_receipt(plain)
            # A receipt of too many units is refused as often as it is there, as one that can't be read.
            lay_out(receipt, (), question.settings)
        except Refused:
            refused.append(document)
            continue
        if identity_of(receipt) not in seen:
            seen.add(identity_of(receipt))
            yield receipt


def identity_of(receipt: Receipt) -> tuple[Any, ...]:
    """Return what is the same of a receipt wherever the archive has it."""
    lines = tuple((line.id, line.gross_amount or 0) for line in receipt.items)
    sold = sum(line.gross_amount or 0 for line in receipt.items if not line.voided)
    return (
        receipt.document["store"]["id"],
        receipt.receipt_id,
        receipt.purchase_at,
        receipt.customer_id,
        receipt.currency,
        sold if receipt.gross_amount is None else receipt.gross_amount,
        sum(line.is_return_item and not line.voided for line in receipt.items),
        lines,
    )


def is_of_period(purchase_at: Any, question: Question) -> bool:
    """Return whether a purchase is of the days that are asked for, as written; one whose time can't be read may be."""
    try:
        day = datetime.fromisoformat(purchase_at).date().isoformat()
    except (TypeError, ValueError):
        return True
    return (question.since or day) <= day <= (question.until or day)


def strip_discounts(document: Document) -> Document:
    """Return a receipt as if nothing had been taken off it."""
    bare = {name: value for name, value in document.items() if name not in OF_RECEIPTS}
    if isinstance(bare.get("items"), list):
        bare["items"] = [
            {name: value for name, value in line.items() if name not in OF_LINES} if isinstance(line, dict) else line
            for line in bare["items"]
        ]
    return bare


def by_customer(receipts: Iterable[Receipt]) -> Iterator[Sequence[Receipt]]:
    """Yield each customer's purchases in order; one without a customer is alone."""
    known: dict[str, list[Receipt]] = defaultdict(list)
    for receipt in receipts:
        if receipt.customer_id is None:
            yield [receipt]
        else:
            known[receipt.customer_id].append(receipt)
    for purchases in known.values():
        yield sorted(purchases, key=lambda one: (one.purchase_at, one.receipt_id, one.document["store"]["id"]))


class Customer:
    """One customer's grants in one world, as plain data."""

    def __init__(self, world: World, own: Sequence[Document], everyones: Sequence[Document] | None) -> None:
        self.world = world
        self.everyones = everyones
        self.grants = [self.with_dated_stamps(grant) for grant in own if grant["discount_id"] in world.ids]

    def with_dated_stamps(self, grant: Document) -> Document:
        """Return a grant whose stamps have times: where it says none, that of the grant, if there is one."""
        at = grant.get("created_at")
        if at is None or grant["discount_id"] not in self.world.stamped or grant.get("stamps") is not None:
            return grant
        count = (grant.get("statistics") or {}).get("stamp", 0)
        return {**grant, "stamps": [{"at": at, "count": count}] if count else []}

    def buy(self, receipt: Receipt, settings: Settings) -> tuple[dict[str, Given], dict[int, int], bool]:
        """Return what each rule gives on the next receipt and takes off each line, and book what was used."""
        rule_set, at = self.world.rule_set, receipt.purchase_at
        held = [grant for grant in self.grants if was_made(grant, at)]
        if self.everyones is None and not held:
            evaluation = evaluate(rule_set, receipt, None, settings)
        elif self.everyones is None:
            evaluation = evaluate(rule_set, receipt, read_grants(held), settings, self.world.ids)
        else:
            held += [grant for grant in self.everyones if was_made(grant, at)]
            evaluation = evaluate(rule_set, receipt, read_grants(held), settings)
        given = {}
        for rule in evaluation.receipt.get("discounts") or ():
            if rule["id"] in self.world.ids:
                given[rule["id"]] = self.given(rule["id"], rule["refs"])
                for ref in rule["refs"]:
                    self.book(rule["id"], ref, receipt)
        return given, self.off_lines(evaluation.receipt), evaluation.optimal

    def given(self, rule_id: str, refs: Sequence[Document]) -> Given:
        """Return what a rule gave, of its refs."""
        amount = sum(ref["amount"] for ref in refs)
        is_debit = rule_id in self.world.debits
        return Given(
            uses=max(ref["usage"] for ref in refs),
            discount=0 if is_debit else amount,
            bonus=sum(ref.get("bonus", 0) for ref in refs),
            stamps=sum(ref.get("stamp", 0) for ref in refs),
            debit=amount if is_debit else 0,
        )

    def off_lines(self, receipt: Document) -> dict[int, int]:
        """Return what the rules took off each line, by its place on the receipt, debits aside."""
        off: dict[int, int] = {}
        for place, line in enumerate(receipt.get("items") or ()):
            ours = [entry for entry in line.get("discount_lines") or () if entry.get("discount_id") in self.world.ids]
            amount = sum(entry["amount"] for entry in ours if entry["discount_id"] not in self.world.debits)
            if amount:
                off[place] = amount
        return off

    def book(self, rule_id: str, ref: Document, receipt: Receipt) -> None:
        """Book a ref on its grant, or on a new one where everyone's was used."""
        if receipt.customer_id is None:
            return
        at = receipt.document["purchase_at"]
        for place, grant in enumerate(self.grants):
            if grant["id"] == ref["id"]:
                self.grants[place] = after(grant, ref)
                if rule_id in self.world.stamped and grant.get("stamps") is None:
                    count = ref["statistics"]["stamp"]
                    self.grants[place]["stamps"] = [{"at": at, "count": count}] if count else []
                return
        grant = {"id": ref["id"], "discount_id": rule_id, "customer_id": receipt.customer_id, "created_at": at}
        if rule_id in self.world.stamped:
            count = ref["statistics"]["stamp"]
            grant["stamps"] = [{"at": at, "count": count}] if count else []
        self.grants.append(after(grant, ref))


def was_made(grant: Document, at: datetime) -> bool:
    """Return whether a grant was made by then; one that does not say was there from the start."""
    created_at = grant.get("created_at")
    return created_at is None or datetime.fromisoformat(created_at) <= at


def after(grant: Document, ref: Document) -> Document:
    """Return a grant with the statistics, and the stamps where there are any, that a ref says are after it."""
    stamps = {"stamps": ref["stamps"]} if "stamps" in ref else {}
    return {**grant, "statistics": {**(grant.get("statistics") or {}), **ref["statistics"]}, **stamps}


def day_of(receipt: Receipt) -> date:
    """Return the local day of a purchase, as it is written."""
    return receipt.purchase_at.date()
