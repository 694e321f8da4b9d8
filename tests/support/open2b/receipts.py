"""A receipt to create, the catalogue of the examples, and changes to either by the path of a field."""

import copy
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import Any

from rabatt.cli.yaml_file import read_yaml
from rabatt.open2b.catalogue import Catalogue, read_catalogue
from rules.parse import parse, plain
from tests.support.places import EXAMPLES

EXAMPLE = EXAMPLES / "open2b-catalogue.yaml"
# What a body is after it is read: with exact decimals.
NEW: dict[str, Any] = {
    "number": "2020/7496",
    "status": "Open",
    "creationTime": "2020-09-02 12:00:00",
    "issueDate": "2020-09-03",
    "referenceType": "Order",
    "referenceNumber": "2020/30991",
    "customer": 4907,
    "rounding": {"mode": "HalfUp", "rule": "PerItem"},
    "locale": "en-GB",
    "items": [
        {
            "sku": "A927TP",
            "name": "Shirt",
            "quantity": 3,
            "price": 56.33,
            "weight": 0.45,
            "taxClass": 2,
            "requests": "gift wrapped",
        }
    ],
    "discounts": [{"type": "PercentOff", "value": 20}, {"type": "AmountOff", "value": 10.45}],
    "discountsIncludeTaxes": False,
    "shippingMethod": 3,
    "shippingCost": 8.572,
    "paymentMethod": 8,
    "paymentCost": 1.2,
    "billingAddress": {
        "firstName": "Sherlock",
        "lastName": "Holmes",
        "companyName": "Investigations Inc",
        "street1": "221b Baker Street",
        "city": "London",
        "postalCode": "NW1 6XE",
        "stateProv": "LND",
        "country": "GB",
        "email": "holmes@inv-london.com",
    },
    "shippingAddress": {
        "name": "John",
        "street1": "3 Gower Street",
        "city": "London",
        "postalCode": "WC1E 6HA",
        "country": "GB",
    },
    "sellerAddress": {"companyName": "Supplies Ltd", "stateProv": "LND", "country": "GB"},
    "terms": "",
}


@cache
def catalogue() -> Catalogue:
    """The catalogue that is shipped."""
    return read_catalogue(plain(read_yaml(EXAMPLE.read_bytes()), exact=True))


def with_changes(document: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of the document with other values at some paths, such as `billingAddress.country`."""
    changed: dict[str, Any] = copy.deepcopy(dict(document))
    for path, value in changes.items():
        *above, name = path.split(".")
        part = changed
        for each in above:
            part = part[each]
        part[name] = value
    return changed


def exact(text: str | bytes) -> Any:
    """JSON as bodies are read."""
    return parse(text, exact=True)


def exactly(data: Any) -> Any:
    """The data with decimals for its fractions."""
    match data:
        case dict():
            return {name: exactly(value) for name, value in data.items()}
        case list():
            return [exactly(value) for value in data]
        case float():
            return Decimal(str(data))
        case _:
            return data
