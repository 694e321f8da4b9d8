"""What is answered to a receipt: read, laid beside what the store knows, evaluated, written.

The same steps are taken on the event loop and in a process apart; only who waits for the store differs.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection

from engine import Evaluation, evaluate
from engine import Settings as EngineSettings
from rabatt.service.evaluation.asked import Asked, ReadReceipt, asked_of, read_asked
from rabatt.service.identifiers import normal_form
from rabatt.service.problems import fault
from rabatt.service.proofs import given_by
from rabatt.service.rule_sets import AccountRules
from rabatt.service.settings import Settings
from rabatt.service.store.wallets import ANY_NUMBER, Wallet, wallet_of
from rules import Grant
from rules.fault import nearest_name, suggestion


@dataclass(frozen=True, slots=True)
class Question:
    """A receipt as it was sent, and what is wanted of it."""

    aid: str
    content: bytes
    is_open2b: bool = False
    explain: bool = False
    rule_ids: tuple[str, ...] = ()


class Given(NamedTuple):
    """What was given to whom and when: all that a proof of it says."""

    customer_id: str | None
    purchase_at: datetime
    refs: Sequence[str]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it goes out; `optimal` and `given` are None where nothing was evaluated."""

    status: int
    content: bytes
    media_type: str
    headers: dict[str, str]
    optimal: bool | None = None
    given: Given | None = None


class Found(NamedTuple):
    """The receipt as it is evaluated, and the grants of its customer with the last change of the account's rules."""

    asked: Asked
    wallet: Wallet

    @property
    def change(self) -> str:
        """The rules that it is to be evaluated with."""
        return self.wallet.change


def read(question: Question, settings: Settings) -> ReadReceipt:
    """The receipt of a question; Refused with every fault."""
    return read_asked(question.content, settings, is_open2b=question.is_open2b)


def found(
    connection: Connection,
    question: Question,
    receipt: ReadReceipt,
    settings: Settings,
    engine: EngineSettings,
    most_grants: int = ANY_NUMBER,
) -> Found:
    """What an evaluation needs of the store, in few indexed queries; TooManyGrants of the customer's."""
    asked = asked_of(connection, question.aid, receipt, settings, engine)
    # To explain why a rule is over takes its grants too.
    purchase_at = None if question.explain else asked.receipt.purchase_at
    return Found(asked, wallet_of(connection, question.aid, asked.receipt.customer_id, purchase_at, most_grants))


def answered(question: Question, found: Found, rules: AccountRules, settings: Settings) -> Answer:
    """The receipt with the best discounts; a Problem or Refused where there is none to give."""
    asked, wallet = found
    explained = _wanted(question, rules, settings) if question.explain else None
    evaluation = evaluate(
        rules.rule_set, asked.receipt, _grants_of(wallet, rules), asked.settings, rules.granted_to_everyone
    )
    result = evaluation.receipt
    given = Given(asked.receipt.customer_id, asked.receipt.purchase_at, given_by(result, rules.rule_set.rules_by_id))
    if explained is not None:
        result = {**result, "explanation": explained(evaluation)}
    optimal = evaluation.optimal
    headers = {
        "Rabatt-Optimal": str(optimal).lower(),
        "Rabatt-Rules-Version": str(rules.version),
        "Rabatt-Rules-Change": rules.change,
    }
    return Answer(200, asked.answer(result), asked.media_type, headers, optimal, given)


def _grants_of(wallet: Wallet, rules: AccountRules) -> list[Grant]:
    """The grants that count: the customer's own, and their use of what everyone is granted still."""
    everyones = rules.granted_to_everyone
    return [*wallet.own, *(grant for grant in wallet.derived if grant.discount_id in everyones)]


def _wanted(question: Question, rules: AccountRules, settings: Settings) -> Callable[[Evaluation], dict[str, object]]:
    """What explains the rules that are asked for; a Problem where these are unknown or too many."""
    wanted = tuple(dict.fromkeys(map(normal_form, question.rule_ids)))
    most = settings.max_explained_rules
    if len(wanted or rules.rule_set) > most:
        raise fault("query.rule_id", f"{most} rules are explained at once; say which: rule_id=ID, once for each")
    known = rules.rule_set.rules_by_id
    for rule_id in wanted:
        if rule_id not in known:
            nearest = nearest_name(rule_id, tuple(known)) if len(known) <= most else None
            raise fault("query.rule_id", f"there is no such rule{suggestion(nearest)}")

    def explanation(evaluation: Evaluation) -> dict[str, object]:
        if not wanted:
            whole = evaluation.explain().as_data()
            return {"optimal": evaluation.optimal, "rules": whole["rules"], "lines": whole["lines"]}
        parts = [evaluation.explain(rule_id) for rule_id in wanted]
        outcomes = [part.rules[0].as_data() for part in parts]
        return {"optimal": evaluation.optimal, "rules": outcomes, "lines": parts[0].as_data()["lines"]}

    return explanation
