"""The rows of the error tables: field, type and description to the letter, and the path in the request."""

from collections.abc import Iterable
from typing import Literal, NamedTuple, TypeAlias

from rules import Fault

RowType: TypeAlias = Literal["InvalidValue", "InvalidCombination", "MissingCombination", "NotFound", "Malformed"]


class ErrorRow(NamedTuple):
    """One row: what the caller is told is wrong."""

    field: str
    type: RowType
    description: str
    path: str = ""

    def as_data(self) -> dict[str, str | None]:
        """The row as plain data, with the path and sentence that every fault has here."""
        return {
            "path": self.path,
            "sentence": self.description,
            "nearest": None,
            "field": self.field,
            "type": self.type,
            "description": self.description,
        }


class NotTaken(Exception):
    """A request that is not carried out, with every row that says why."""

    def __init__(self, rows: Iterable[ErrorRow]) -> None:
        self.rows = tuple(rows)
        super().__init__(self.rows)


def malformed(fault: Fault) -> dict[str, str | None]:
    """What a fault of a single field is as a row: the source's tables do not list these."""
    field = fault.path.rpartition(".")[2].partition("[")[0]
    return {**fault.as_data(), "field": field, "type": "Malformed", "description": fault.sentence}


def no_tax_area(country: str, path: str) -> ErrorRow:
    """Nobody knows the taxes of the country that the receipt goes to."""
    return ErrorRow("country", "InvalidValue", f"No tax areas for country '{country}'", path)


def no_seller_country(path: str) -> ErrorRow:
    """A state or province of no country."""
    sentence = "Country of seller address is required if 'stateProv' is provided"
    return ErrorRow("country", "MissingCombination", sentence, path)


def in_the_future(time: str) -> ErrorRow:
    """A time of creation that has not come yet."""
    return ErrorRow("creationTime", "InvalidValue", f"Creation time '{time}' is in the future", "receipt.creationTime")


def not_there(field: str, kind: str, id: int, path: str) -> ErrorRow:
    """An identifier of nothing that the account has."""
    return ErrorRow(field, "NotFound", f"{kind} {id} does not exist", path)


def zero_subtotal() -> ErrorRow:
    """An amount that is to be taken off nothing."""
    sentence = "Amount off discount can not be applied to a zero subtotal"
    return ErrorRow("discounts", "InvalidValue", sentence, "receipt.discounts")


def too_many_discounts() -> ErrorRow:
    """More discounts than a receipt can have."""
    return ErrorRow("discounts", "Malformed", "There can be no more than 5 discounts", "receipt.discounts")


def no_locale(locale: str) -> ErrorRow:
    """No code of a language, or of a language and a country."""
    return ErrorRow("locale", "Malformed", f"'{locale}' is not a valid locale code", "receipt.locale")


def cost_without_method(kind: Literal["payment", "shipping"]) -> ErrorRow:
    """A cost of nothing, where a receipt is made."""
    sentence = f"{kind.capitalize()} method is required if {kind} cost is provided"
    return ErrorRow(f"{kind}Method", "InvalidCombination", sentence, f"receipt.{kind}Method")


def cost_of_no_method(kind: Literal["payment", "shipping"], id: int) -> ErrorRow:
    """A cost of nothing, where a receipt is changed."""
    sentence = f"Receipt {id} has not a {kind} method"
    return ErrorRow(f"{kind}Cost", "InvalidValue", sentence, f"receipt.{kind}Cost")


def nothing_to_pay() -> ErrorRow:
    """A way to pay what need not be paid."""
    sentence = "No payment methods can be used if total is zero or negative"
    return ErrorRow("paymentMethod", "InvalidValue", sentence, "receipt.paymentMethod")


def not_in_combination(payment: int, shipping: int) -> ErrorRow:
    """Two methods that do not go together."""
    sentence = f"Payment method {payment} can not be used in combination with shipping method {shipping}"
    return ErrorRow("paymentMethod", "InvalidValue", sentence, "receipt.paymentMethod")


def not_suitable(kind: Literal["payment", "shipping"], id: int) -> ErrorRow:
    """A method that the receipt's country, total or weight is not for."""
    sentence = f"{kind.capitalize()} method {id} is not suitable for this receipt"
    return ErrorRow(f"{kind}Method", "InvalidValue", sentence, f"receipt.{kind}Method")


def shipping_required() -> ErrorRow:
    """Payment on delivery of what is not delivered."""
    sentence = "Shipping method is required because the payment method is on delivery"
    return ErrorRow("shippingMethod", "MissingCombination", sentence, "receipt.shippingMethod")


def item_twice() -> ErrorRow:
    """Two items that are to be one."""
    return ErrorRow("items", "Malformed", "An item id is repeated", "receipt.items")


def no_such_item(receipt: int, item: int, place: int) -> ErrorRow:
    """An item that the receipt does not have."""
    return ErrorRow("items", "NotFound", f"Receipt {receipt} does not have item {item}", f"receipt.items[{place}].id")


def too_large(field: str) -> ErrorRow:
    """An amount that its field has no room for; no row of the source's."""
    sentence = f"{field} is beyond what the field holds; make the quantities or prices smaller"
    return ErrorRow(field, "InvalidValue", sentence, "receipt.items")


def too_much_found(most: int) -> ErrorRow:
    """More than one answer holds; no row of the source's."""
    sentence = f"these receipts are more than the {most} bytes of one answer; lower the limit, or ask for some fields"
    return ErrorRow("limit", "InvalidValue", sentence, "limit")
