"""Many at once: every receipt and item has an identifier of its own, and no change is lost."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from rabatt.open2b.requests import FindRequest, ReceiptToCreate, ReceiptToUpdate
from rabatt.service.store.open2b import create_receipt, find_receipts, update_receipt
from tests.rabatt.service.conftest import ACCOUNT, START, Service
from tests.support.open2b.receipts import NEW, exact, exactly
from tests.support.service.open2b import created, got, stocked

WRITERS = 8


def at_once(work: Any, times: int) -> list[Any]:
    """What the work returns for each number, done by many threads."""
    with ThreadPoolExecutor(WRITERS) as threads:
        return list(threads.map(work, range(times)))


def test_identifiers_are_each_given_once(service: Service) -> None:
    stocked(service)
    body = ReceiptToCreate.model_validate(exactly({**NEW, "items": [{"price": 10}, {"price": 20}]}))

    def create(number: int) -> int:
        with service.store.writing() as connection:
            return create_receipt(connection, ACCOUNT, body, now=START, token=f"{number:032}", subject="till")

    ids = at_once(create, 24)
    assert sorted(ids) == list(range(1, 25))
    with service.store.reading() as connection:
        documents = [exact(text) for text in find_receipts(connection, ACCOUNT, FindRequest())]
    assert sorted(item["id"] for document in documents for item in document["items"]) == list(range(1, 49))


def test_each_of_many_changes_sees_the_ones_before(service: Service) -> None:
    stocked(service)
    id = created(service)
    fields = ["number", "referenceNumber", "terms", "issueDate", "locale", "status", "referenceType", "labels"]
    values: list[Any] = ["7", "8", "9", "2020-01-01", "it", "Sent", "Quote", [5]]

    def change(place: int) -> bool:
        body = ReceiptToUpdate.model_validate({fields[place]: values[place]})
        with service.store.writing() as connection:
            return update_receipt(connection, ACCOUNT, id, body, now=START, subject="till")

    assert all(at_once(change, len(fields)))
    receipt = got(service, id)
    assert [receipt[name] for name in fields[:-1]] == values[:-1]
