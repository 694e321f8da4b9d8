"""Proof of what an evaluation gave: a short signed token that a claim can carry, in which nobody can be recognised.

It is a head (version, time of issue, time of purchase), a tag of the customer, a tag of each ref that was given, and a
signature over all of them and the account. Tags are keyed and salted with the head: two tokens of one customer have
nothing in common.
"""

import base64
import binascii
import hmac
import struct
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any, Final

from rabatt.service.clock import EPOCH
from rabatt.service.store.claim_request import ClaimProblem, ClaimRequest, Evidence, RefUse

LONGEST_TOKEN = 2_048
PATH = "evaluation"
# A till that was cut off claims days later; one that comes after a season is no till.
LIFETIME = timedelta(days=90)
# Headers of more than some kilobytes are refused by proxies: so many refs are proven one by one, more only as a whole.
MOST_TOLD_APART = 128
BY_REF, AS_A_WHOLE = 1, 2
_MICROSECOND: Final = timedelta(microseconds=1)
_SECOND: Final = timedelta(seconds=1)
_HEAD: Final = struct.Struct(">BIq")
TAG, SIGNATURE = 6, 16
_PURPOSE: Final = b"rabatt evaluation 1\0"


@dataclass(frozen=True, slots=True)
class Proofs:
    """Signs what evaluations gave with one key, and holds claims against it."""

    key: bytes

    def token(
        self, aid: str, customer_id: str | None, purchase_at: datetime, given: Sequence[str], now: datetime
    ) -> str | None:
        """The token of what was given (`given_by`); None where nothing was."""
        if not given:
            return None
        kind = BY_REF if len(given) <= MOST_TOLD_APART else AS_A_WHOLE
        head = _HEAD.pack(kind, (now - EPOCH) // _SECOND, (purchase_at - EPOCH) // _MICROSECOND)
        signed = head + self._customer_tag(head, aid, customer_id) + self._tags(head, given)
        return base64.urlsafe_b64encode(signed + self._signature(aid, signed)).rstrip(b"=").decode()

    def evidence(self, aid: str, request: ClaimRequest, token: str, now: datetime) -> Evidence:
        """What a token says of a claim: that it is of this purchase and gave this, or every path in which it is not."""
        read = self._read(aid, token)
        if read is None:
            return _not_given(PATH, "this is no token of an evaluation of this account; send it as it was answered")
        head, customer, tags = read
        kind, issued, purchase = _HEAD.unpack(head)
        problems = list(self._other_purchase(head, aid, request, customer, purchase))
        if now - (EPOCH + issued * _SECOND) > LIFETIME:
            sentence = f"the evaluation was more than {LIFETIME.days} days ago, and its token has ended"
            problems.append(ClaimProblem(PATH, sentence))
        if not problems:
            problems += self._not_given(head, request, tags, kind)
        return Evidence(not problems, tuple(problems))

    def _read(self, aid: str, token: str) -> tuple[bytes, bytes, bytes] | None:
        """The head, the customer's tag and the tags of refs; None where we did not sign it."""
        try:
            data = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        signed, signature = data[:-SIGNATURE], data[-SIGNATURE:]
        if not hmac.compare_digest(self._signature(aid, signed), signature):
            return None
        tags = _HEAD.size + TAG
        return signed[: _HEAD.size], signed[_HEAD.size : tags], signed[tags:]

    def _other_purchase(
        self, head: bytes, aid: str, request: ClaimRequest, customer: bytes, purchase: int
    ) -> Iterator[ClaimProblem]:
        if customer != self._customer_tag(head, aid, request.customer_id):
            yield ClaimProblem("customer_id", "the evaluation was of another customer's receipt; send that one's")
        if purchase != (request.purchase_at - EPOCH) // _MICROSECOND:
            sentence = "the receipt was evaluated with another time of purchase; claim with that one"
            yield ClaimProblem("purchase_at", sentence)

    def _not_given(self, head: bytes, request: ClaimRequest, tags: bytes, kind: int) -> Iterator[ClaimProblem]:
        if kind == AS_A_WHOLE:
            claimed = [_spelled(discount.discount_id, ref) for discount in request.discounts for ref in discount.refs]
            if self._tags(head, claimed) != tags:
                sentence = f"of more than {MOST_TOLD_APART} refs all are claimed together, as the evaluation gave them"
                yield ClaimProblem("discounts", sentence)
            return
        given = {tags[start : start + TAG] for start in range(0, len(tags), TAG)}
        for position, discount in enumerate(request.discounts):
            for place, ref in enumerate(discount.refs):
                if self._keyed(head, _spelled(discount.discount_id, ref), TAG) not in given:
                    sentence = "the evaluation did not give this; claim the ref as it was answered, statistics included"
                    path = f"discounts[{position}].refs[{place}]"
                    yield ClaimProblem(path, sentence, discount_id=discount.discount_id, grant_id=ref.id)

    def _tags(self, head: bytes, refs: Iterable[str]) -> bytes:
        begun = blake2b(head, digest_size=TAG, key=self.key)
        tags = []
        for ref in refs:
            # As `_keyed` does it, with what is the same for all of them done once: it is two thirds of the time.
            tag = begun.copy()
            tag.update(ref.encode())
            tags.append(tag.digest())
        if len(tags) <= MOST_TOLD_APART:
            return b"".join(tags)
        return self._keyed(head, b"".join(sorted(tags)).hex(), SIGNATURE)

    def _customer_tag(self, head: bytes, aid: str, customer_id: str | None) -> bytes:
        return self._keyed(head, f"{aid}\0{customer_id or ''}", TAG)

    def _keyed(self, head: bytes, said: str, size: int) -> bytes:
        # A third of what HMAC costs, and there is one for each ref.
        return blake2b(head + said.encode(), digest_size=size, key=self.key).digest()

    def _signature(self, aid: str, signed: bytes) -> bytes:
        return hmac.digest(self.key, _PURPOSE + aid.encode() + b"\0" + signed, "sha256")[:SIGNATURE]


def given_by(result: Mapping[str, Any], rule_ids: Container[str]) -> list[str]:
    """What an evaluation gave of these rules, from its result receipt: each ref in one spelling.

    Discounts of other rules came with the receipt.
    """
    return [
        # No id holds a NUL.
        f"{discount['id']}\0{ref['id']}\0{ref['usage']}\0{ref['amount']}\0{ref.get('bonus', 0)}\0{ref.get('stamp', 0)}"
        f"\0{ref['statistics'].get('stamp')}"
        for discount in result.get("discounts") or ()
        if discount.get("id") in rule_ids
        for ref in discount["refs"]
    ]


def _spelled(rule_id: str, ref: RefUse) -> str:
    """A ref of a claim in the same spelling."""
    return f"{rule_id}\0{ref.id}\0{ref.usage}\0{ref.amount}\0{ref.bonus}\0{ref.stamp}\0{ref.stamps_after}"


def _not_given(path: str, sentence: str) -> Evidence:
    return Evidence(problems=(ClaimProblem(path, sentence),))
