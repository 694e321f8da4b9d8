"""From what a caller says to a draft: what was left out filled in, every line on an account with its VAT."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from rabatt.service.hundredths import as_decimal
from rabatt.service.ledger import Ledger
from rabatt.service.notes.amounts import NoteLine, NoteSums, ProductLine, TextLine, sums_of, with_vat
from rabatt.service.notes.body import MISSING, ChangedNoteBody, LineBody, NewNoteBody, NoteFields
from rabatt.service.notes.document import NoteHead, NoteLanguage, PaymentType, document_of
from rabatt.service.notes.prices_with_vat import PricedWithVat, with_bases
from rabatt.service.store.notes import NewNote
from rules import Fault, Refused
from rules.currency import amount_text
from rules.fault import MOST_FAULTS, further
from rules.values import LARGEST

USUAL_DAYS = 8
USUAL_CURRENCY = "DKK"
USUAL_LANGUAGE: NoteLanguage = "da-DK"
NETTO: PaymentType = "Netto"
CASH: PaymentType = "NettoCash"
ONLY_PRODUCTS = (
    "ProductGuid",
    "Comments",
    "AccountNumber",
    "Unit",
    "Quantity",
    "Discount",
    "BaseAmountValue",
    "BaseAmountValueInclVat",
)
NEEDED = ("Quantity", "AccountNumber")
# Of a chart of a thousand accounts nobody reads all for each line that names another.
MOST_NAMED = 20


@dataclass(frozen=True, slots=True)
class Usual:
    """What holds where the caller says nothing."""

    currency: str = USUAL_CURRENCY
    reference: str | None = None
    shows_vat: bool = False


def read_draft(body: NewNoteBody | ChangedNoteBody, ledger: Ledger, today: date) -> NewNote:
    """The draft that a body with lines asks for; Refused with the first faults between its fields."""
    faults = list(_head_faults(body))
    lines: list[NoteLine | PricedWithVat] = []
    for place, line in enumerate(body.ProductLines or []):
        lines += _line(f"ProductLines[{place}]", line, ledger, faults, shows_vat=bool(body.ShowLinesInclVat))
        if len(faults) > MOST_FAULTS:
            faults.append(further())
            break
    if faults:
        raise Refused(faults)
    based = with_bases(lines, ledger, body.Language or USUAL_LANGUAGE)
    return draft_of(body, based, ledger, today, Usual())


def draft_of(body: NoteFields, lines: Iterable[NoteLine], ledger: Ledger, today: date, usual: Usual) -> NewNote:
    """The draft of these lines; Refused where the body, or what it comes to, has a fault."""
    lines = tuple(lines)
    sums = sums_of(lines)
    total = sums.with_vat
    faults = [*_head_faults(body), *_sum_faults(sums, lines)]
    if faults:
        raise Refused(faults)
    kind = body.PaymentConditionType or NETTO
    days = body.PaymentConditionNumberOfDays
    head = NoteHead(
        date=body.Date or today,
        days=days if days is not None else 0 if kind == CASH else USUAL_DAYS,
        kind=kind,
        deposit_account=body.DepositAccountNumber or ledger.deposit_account,
        contact=body.ContactGuid,
        contact_name=body.ContactName,
        shows_vat=usual.shows_vat if body.ShowLinesInclVat is None else body.ShowLinesInclVat,
        template=body.InvoiceTemplateId,
        currency=body.Currency or usual.currency,
        language=body.Language or USUAL_LANGUAGE,
        reference=usual.reference if body.ExternalReference is None else body.ExternalReference,
        description=body.Description,
        comment=body.Comment,
        address=body.Address,
    )
    return NewNote(document_of(head, lines), total, head.currency)


def _sum_faults(sums: NoteSums, lines: Iterable[NoteLine]) -> Iterator[Fault]:
    """What is wrong with what the lines come to; those that cancel each other out can be counted one by one, too."""
    parts = [line.total for line in lines if isinstance(line, ProductLine)]
    largest = max(map(abs, (*parts, sums.vatable, sums.non_vatable, sums.vat, sums.with_vat)))
    if largest > LARGEST:
        wanted = f"a credit note comes to {amount_text(LARGEST, None)} at most"
        yield Fault("ProductLines", f"they come to {amount_text(largest, None)}; {wanted}")
    elif sums.with_vat < 0:
        wanted = "a credit note gives money back, and comes to 0 or more"
        yield Fault("ProductLines", f"they come to {amount_text(sums.with_vat, None)}; {wanted}")


def _head_faults(body: NoteFields) -> Iterator[Fault]:
    if body.PaymentConditionType == CASH and body.PaymentConditionNumberOfDays:
        yield Fault("PaymentConditionNumberOfDays", "with NettoCash it is 0; leave it out, or give Netto")


def _line(
    path: str, sent: LineBody, ledger: Ledger, faults: list[Fault], *, shows_vat: bool
) -> Iterator[NoteLine | PricedWithVat]:
    """The line, or nothing but its faults, which are added to the others."""
    is_text = sent.LineType == "Text"
    found = list(_text_faults(sent) if is_text else _product_faults(sent, ledger, shows_vat=shows_vat))
    faults += [Fault(f"{path}.{name}", sentence) for name, sentence in found]
    if found:
        return
    description = _description(sent, ledger) or ""
    if sent.LineType == "Text":
        yield TextLine(description)
        return
    number = sent.AccountNumber or 0
    account = ledger.accounts[number]
    line = ProductLine(
        description=description,
        quantity=sent.Quantity or 0,
        base=sent.BaseAmountValue or 0,
        account_number=number,
        account_name=account.name,
        vat=account.vat,
        discount=sent.Discount or 0,
        unit=sent.Unit or "parts",
        product_guid=sent.ProductGuid,
        comments=sent.Comments,
    )
    price = sent.BaseAmountValueInclVat
    yield PricedWithVat(line, price) if sent.BaseAmountValue is None and price is not None else line


def _text_faults(line: LineBody) -> Iterator[tuple[str, str]]:
    if line.Description is None:
        yield "Description", MISSING
    for name in ONLY_PRODUCTS:
        # 0 is what a text line is shown with, and it may be sent back.
        if getattr(line, name) not in {None, 0}:
            yield name, "a text line has a description only; leave this out, or make it a product line"


def _product_faults(line: LineBody, ledger: Ledger, *, shows_vat: bool) -> Iterator[tuple[str, str]]:
    if _description(line, ledger) is None:
        no_product = "the ledger has no product of this guid; give a description, or add the product to its file"
        yield "Description", MISSING if line.ProductGuid is None else no_product
    for name in NEEDED:
        if getattr(line, name) is None:
            yield name, MISSING
    number = line.AccountNumber
    if number is not None and number not in ledger.accounts:
        known = sorted(ledger.accounts)
        named = ", ".join(map(str, known[:MOST_NAMED]))
        more = f" and {len(known) - MOST_NAMED} more" if len(known) > MOST_NAMED else ""
        yield "AccountNumber", f"the ledger has no account {number}; there are {named}{more}"
    if line.BaseAmountValue is None and line.BaseAmountValueInclVat is None:
        yield "BaseAmountValue", MISSING
    elif shows_vat and number in ledger.accounts:
        yield from _price_faults(line, ledger.accounts[number].vat)


def _price_faults(line: LineBody, vat: int) -> Iterator[tuple[str, str]]:
    """Why it is not plain whether a price has VAT in it, on a note whose lines are shown with it."""
    base, price = line.BaseAmountValue, line.BaseAmountValueInclVat
    if base is None or not vat:
        return
    if price is None:
        sentence = "with ShowLinesInclVat this may be meant with VAT; give BaseAmountValueInclVat, or both of them"
        yield "BaseAmountValue", sentence
    elif price != with_vat(base, vat):
        percent = f"{as_decimal(vat).normalize():f}"
        sentence = f"this is not BaseAmountValue with {percent} % VAT; give one of them, this one if lines have VAT"
        yield "BaseAmountValueInclVat", sentence


def _description(line: LineBody, ledger: Ledger) -> str | None:
    """What a line says of itself, or the ledger of its product."""
    return line.Description or ledger.products.get(line.ProductGuid or "")
