"""What is answered to a receipt: read, completed with what the store knows, evaluated, written.

The same steps are taken on the event loop and in a process apart; only who waits for the store differs.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection

from engine import Evaluation, evaluate
from engine import Settings as EngineSettings
from rabatt.service.evaluation.sent_receipt import ReadReceipt, SentReceipt, completed_by_store, read_sent
from rabatt.service.identifiers import normal_form
from rabatt.service.problems import fault
from rabatt.service.proofs import given_by
from rabatt.service.rule_sets import AccountRules
from rabatt.service.settings import ServiceSettings
from rabatt.service.store.customer_grants import ANY_NUMBER, CustomerGrants, customer_grants
from rules import Grant
from rules.fault import nearest_name, suggestion


@dataclass(frozen=True, slots=True)
class EvaluationRequest:
    """A receipt as it was sent, and what is wanted of it."""

    aid: str
    content: bytes
    is_open2b: bool = False
    explain: bool = False
    rule_ids: tuple[str, ...] = ()


class GivenDiscounts(NamedTuple):
    """What was given to whom and when: all that a proof of it says."""

    customer_id: str | None
    purchase_at: datetime
    refs: Sequence[str]


@dataclass(frozen=True, slots=True)
class EvaluationAnswer:
    """An answer as it goes out; `optimal` and `given` are None where nothing was evaluated."""

    status: int
    content: bytes
    media_type: str
    headers: dict[str, str]
    optimal: bool | None = None
    given: GivenDiscounts | None = None


class EvaluationInput(NamedTuple):
    """The receipt as it is evaluated, and the grants of its customer with the last change of the account's rules."""

    sent: SentReceipt
    granted: CustomerGrants

    @property
    def change(self) -> str:
        """The rules that it is to be evaluated with."""
        return self.granted.change


def read(request: EvaluationRequest, settings: ServiceSettings) -> ReadReceipt:
    """The receipt of a request; Refused with every fault."""
    return read_sent(request.content, settings, is_open2b=request.is_open2b)


def evaluation_input(
    connection: Connection,
    request: EvaluationRequest,
    receipt: ReadReceipt,
    settings: ServiceSettings,
    engine: EngineSettings,
    most_grants: int = ANY_NUMBER,
) -> EvaluationInput:
    """What an evaluation needs of the store, in few indexed queries; TooManyGrants of the customer's."""
    sent = completed_by_store(connection, request.aid, receipt, settings, engine)
    # To explain why a rule is over takes its grants too.
    purchase_at = None if request.explain else sent.receipt.purchase_at
    return EvaluationInput(
        sent, customer_grants(connection, request.aid, sent.receipt.customer_id, purchase_at, most_grants)
    )


def answered(
    request: EvaluationRequest, found: EvaluationInput, rules: AccountRules, settings: ServiceSettings
) -> EvaluationAnswer:
    """The receipt with the best discounts; a Problem or Refused where there is none to give."""
    sent, granted = found
    explained = _wanted(request, rules, settings) if request.explain else None
    evaluation = evaluate(
        rules.rule_set, sent.receipt, _grants_of(granted, rules), sent.settings, rules.granted_to_everyone
    )
    result = evaluation.receipt
    given = GivenDiscounts(
        sent.receipt.customer_id, sent.receipt.purchase_at, given_by(result, rules.rule_set.rules_by_id)
    )
    if explained is not None:
        result = {**result, "explanation": explained(evaluation)}
    optimal = evaluation.optimal
    headers = {
        "Rabatt-Optimal": str(optimal).lower(),
        "Rabatt-Upper-Bound": str(evaluation.upper_bound),
        "Rabatt-Rules-Version": str(rules.version),
        "Rabatt-Rules-Change": rules.change,
    }
    return EvaluationAnswer(200, sent.answer(result), sent.media_type, headers, optimal, given)


def _grants_of(granted: CustomerGrants, rules: AccountRules) -> list[Grant]:
    """The grants that count: the customer's own, and their use of what everyone is granted still."""
    everyones = rules.granted_to_everyone
    return [*granted.own, *(grant for grant in granted.derived if grant.discount_id in everyones)]


def _wanted(
    request: EvaluationRequest, rules: AccountRules, settings: ServiceSettings
) -> Callable[[Evaluation], dict[str, object]]:
    """What explains the rules that are asked for; a Problem where these are unknown or too many."""
    wanted = tuple(dict.fromkeys(map(normal_form, request.rule_ids)))
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
            return {**_proof(evaluation), "rules": whole["rules"], "lines": whole["lines"]}
        parts = [evaluation.explain(rule_id) for rule_id in wanted]
        outcomes = [part.rules[0].as_data() for part in parts]
        return {**_proof(evaluation), "rules": outcomes, "lines": parts[0].as_data()["lines"]}

    return explanation


def _proof(evaluation: Evaluation) -> dict[str, object]:
    """Whether the best was found, and the most discount that any selection could give."""
    return {"optimal": evaluation.optimal, "upper_bound": evaluation.upper_bound}
