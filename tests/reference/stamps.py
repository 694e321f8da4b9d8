"""The stamps on a grant, before and after the purchase (SPEC 7)."""

from datetime import timedelta

from tests.reference.qualify import Shop, instant, statistic, usable_grants
from tests.reference.rule import Document, Rule


def used_grant(rule: Rule, shop: Shop) -> Document | None:
    """Return the customer's own grant that a purchase uses, None where only everyone's exists."""
    return next(iter(usable_grants(rule, shop)), None)


def carries_stamps(grant: Document | None) -> bool:
    """Return whether a grant carries a list of stamps."""
    return grant is not None and isinstance(grant.get("stamps"), list)


def counting_stamps(rule: Rule, shop: Shop, grant: Document) -> list[Document]:
    """Return the stamps of a grant that still count, oldest first."""
    days = rule.limit("stamp_expire_days")
    counting = [
        stamp
        for stamp in grant["stamps"]
        if days is None or shop.purchase_at <= instant(stamp["at"]) + timedelta(days=days)
    ]
    return sorted(counting, key=lambda stamp: instant(stamp["at"]))


def live_stamps(rule: Rule, shop: Shop) -> int:
    """Return the number of live stamps."""
    grant = used_grant(rule, shop)
    if grant is None:
        return 0
    if carries_stamps(grant):
        return sum(int(stamp["count"]) for stamp in counting_stamps(rule, shop, grant))
    return statistic(grant, "stamp")


def stamps_after(rule: Rule, shop: Shop, grant: Document, earned: int, spent: int) -> list[Document]:
    """Return the list of stamps after the purchase: the oldest are spent first, then the new ones."""
    new = {"at": shop.receipt["purchase_at"], "count": earned}
    after = []
    for stamp in [*counting_stamps(rule, shop, grant), new]:
        used = min(spent, int(stamp["count"]))
        spent -= used
        if stamp["count"] > used:
            after.append({**stamp, "count": stamp["count"] - used})
    return sorted(after, key=lambda stamp: instant(stamp["at"]))
