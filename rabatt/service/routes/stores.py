"""Which store's is meant, where two stores of an account have one number or ref."""

from typing import Annotated

from fastapi import Query

from rabatt.service.problems import Problem
from rabatt.service.store.of_stores import ManyStores
from rules.fault import MOST_FAULTS, Fault, limited, shown

StoreId = Annotated[
    str | None,
    Query(description="The id of the store. Needed only where several stores have the same; then 409 names them."),
]


def say_which(why: ManyStores, what: str, path: str = "query.store_id") -> Problem:
    """The answer that names the stores, where none was named."""
    named = sorted(store for store in why.stores if store is not None)
    sentences = [f"the store {shown(store)} has one" for store in named]
    if None in why.stores:
        sentences.append("one names no store")
    errors = [fault.as_data() for fault in limited(Fault(path, sentence) for sentence in sentences)]
    for error, store in zip(errors, named[:MOST_FAULTS], strict=False):
        error["store_id"] = store
    sentence = f"{len(why.stores)} stores have {what}; say which is meant"
    return Problem(409, sentence, errors, code="STORE_IS_NEEDED")
