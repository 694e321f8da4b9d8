"""Credit notes: drafts made, changed and deleted, and booked for good, as Dinero's API has it."""

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Annotated, get_args
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field
from sqlalchemy import Connection

from rabatt.service.bearer_tokens import Principal
from rabatt.service.bodies.read_body import Body, read_body, read_json
from rabatt.service.context import Context, context_of
from rabatt.service.entry.access import CREDIT_NOTES_READ, CREDIT_NOTES_WRITE, OrganizationId, allow
from rabatt.service.entry.idempotency import with_key, write_once
from rabatt.service.hundredths import as_decimal
from rabatt.service.identifiers import Guid, PathGuid
from rabatt.service.ledger import Ledger
from rabatt.service.notes.body import (
    LONGEST_REFERENCE,
    BookingBody,
    ChangedNoteBody,
    NewNoteBody,
    NoteVersion,
    is_currency,
    read_changed_note,
    read_new_note,
)
from rabatt.service.notes.document import CreditNote, NoteStatus, settlements_of, shown
from rabatt.service.notes.draft import USUAL_CURRENCY, USUAL_LANGUAGE, Usual, draft_of, read_draft
from rabatt.service.notes.fik import fik_code
from rabatt.service.notes.of_return import NoAccountForVat, NoHundredths, credited_to_cards, lines_of_return
from rabatt.service.problems import Problem, fault, not_found
from rabatt.service.routes.answers import json_answer
from rabatt.service.routes.pages import PageLimit, read_page
from rabatt.service.routes.stores import say_which
from rabatt.service.schemas.openapi import body_of, errors
from rabatt.service.store.note_booking import LARGEST_NUMBER, NumberIsTaken, NumbersAreGone, book_note
from rabatt.service.store.notes import (
    NewNote,
    NoSuchNote,
    NoteIsBooked,
    NoteIsDeleted,
    RefundDiffers,
    ReturnHasNote,
    StoredNote,
    TimestampIsOld,
    add_note,
    change_note,
    delete_note,
    note_of,
    notes_on_page,
)
from rabatt.service.store.of_stores import ManyStores
from rabatt.service.store.pages import Page
from rabatt.service.store.returns import return_of
from rules.fault import shown as shown_value

router = APIRouter(prefix="/v1/{organizationId}/sales/creditnotes", tags=["credit notes"])

READERS = [allow(*CREDIT_NOTES_READ)]
NotesWriter = Annotated[Principal, allow(*CREDIT_NOTES_WRITE)]
TIMESTAMP_OUTDATED = 58
"""The code that the source document gives."""
BY_HAND = "give lines in its place"


class NoteList(Body):
    """A page of notes."""

    creditnotes: list[CreditNote]
    starting_after: str | None = Field(default=None, description="Where the next page starts; absent on the last one.")


NotDone = (
    NoSuchNote
    | NoteIsBooked
    | NoteIsDeleted
    | TimestampIsOld
    | ReturnHasNote
    | RefundDiffers
    | NumberIsTaken
    | NumbersAreGone
)
NOT_DONE = get_args(NotDone)


def not_done(why: NotDone) -> Problem:
    """The answer to a change that the store refuses."""
    match why:
        case NoSuchNote():
            return not_found("credit note")
        case NoteIsBooked():
            sentence = "the credit note is booked, and stays as it is; make another one"
            return Problem(409, sentence, code="NOTE_IS_BOOKED")
        case NoteIsDeleted():
            return Problem(409, "the credit note is deleted; make another one", code="NOTE_IS_DELETED")
        case TimestampIsOld():
            sentence = "the credit note was changed since; get it, and use the TimeStamp that it has now"
            return Problem(409, sentence, [{"path": "Timestamp", "sentence": sentence}], code=TIMESTAMP_OUTDATED)
        case ReturnHasNote(guid=guid):
            sentence = f"the return is credited by the note {guid} already; change or book that one, or delete it"
            return Problem(409, sentence, [{"path": "fromReturn", "sentence": sentence}], code="RETURN_HAS_NOTE")
        case RefundDiffers(refund=refund, currency=currency):
            paid = f"{as_decimal(refund)} {currency}"
            sentence = f"the note is for a return, and comes to its worth of {paid}; keep its lines and its Currency"
            return Problem(409, sentence, [{"path": "ProductLines", "sentence": sentence}], code="REFUND_DIFFERS")
        case NumberIsTaken():
            sentence = "another credit note has this number; nothing was booked: give another, or none"
            return Problem(409, sentence, [{"path": "Number", "sentence": sentence}], code="NUMBER_IS_TAKEN")
        case NumbersAreGone():
            sentence = f"the number {LARGEST_NUMBER} is taken, and there is none after it; give one that is free"
            return Problem(409, sentence, [{"path": "Number", "sentence": sentence}], code="NUMBERS_ARE_GONE")


async def written_by(context: Context, work: Callable[[Connection], StoredNote]) -> StoredNote:
    """The note after a change; the Problem of whatever stands against it, and then nothing is changed."""
    try:
        return await context.store.write(work)
    except NOT_DONE as why:
        raise not_done(why) from None


async def once(
    request: Request, aid: str, principal: Principal, work: Callable[[Connection], StoredNote], status: int = 200
) -> Response:
    """The answer with a note, under a key that was sent before the one of then; a Problem as `written_by` raises it."""
    try:
        done = await write_once(request, aid, principal, work, lambda note: answer(note, status))
    except NOT_DONE as why:
        raise not_done(why) from None
    return done.answer


def answer(note: StoredNote, status: int = 200) -> Response:
    """The answer with a note."""
    return json_answer(shown(note), status)


def today(context: Context, ledger: Ledger) -> date:
    """The day that it is in the ledger's time zone."""
    return context.clock.now().astimezone(ZoneInfo(ledger.time_zone)).date()


@router.post(
    "",
    status_code=201,
    summary="Make a draft of a credit note",
    description="With lines of its own, or for a return, to whose worth it comes, and of which it says what went back "
    "on gift cards. VAT is that of each line's account in the organization's ledger.",
    operation_id="post_credit_note",
    openapi_extra=with_key(body_of(NewNoteBody.model_json_schema())),
    responses={201: {"model": CreditNote, "description": "The draft."}, **errors(409, 413, 415)},
)
async def post_note(request: Request, aid: OrganizationId, principal: NotesWriter) -> Response:
    """Make a draft."""
    context = context_of(request)
    most = context.settings.max_lines
    body = await read_json(request, lambda data: read_new_note(data, most), exact=True)
    ledger = context.ledgers.of(aid)
    day = today(context, ledger)
    own = None if body.fromReturn is not None else read_draft(body, ledger, day)
    now, guid = context.clock.now(), context.clock.new_id()

    def work(connection: Connection) -> StoredNote:
        note = own or credited(connection, aid, body, ledger, day)
        return add_note(connection, aid, guid, note, now=now, subject=principal.subject)

    return await once(request, aid, principal, work, 201)


def credited(connection: Connection, aid: str, body: NewNoteBody, ledger: Ledger, day: date) -> NewNote:
    """The draft for a return; a Problem where there is no such return, or the ledger has no account for it."""
    ref = body.fromReturn or ""
    try:
        found = return_of(connection, aid, ref, body.fromStore)
    except ManyStores as why:
        raise say_which(why, "a return of this ref", "fromStore") from None
    if found is None:
        raise fault("fromReturn", "there is no return of this ref in this account; give the ref of one that was made")
    currency = found.receipt.get("currency") or body.Currency or USUAL_CURRENCY
    if not is_currency(currency):
        sentence = f"the receipt is in {shown_value(currency)}, which is no currency of three capitals; {BY_HAND}"
        raise fault("fromReturn", sentence)
    if body.Currency not in {None, currency}:
        raise fault("Currency", f"the return was paid in {currency}; leave this out")
    try:
        lines = lines_of_return(found.entry, found.receipt, ledger, currency, body.Language or USUAL_LANGUAGE)
        settled = settlements_of(credited_to_cards(found.entry, currency), ledger.gift_card_account)
    except NoAccountForVat as percent:
        sentence = f"the ledger has no account with {percent} % VAT, which the receipt has; add one to its file"
        errors = [{"path": "fromReturn", "sentence": sentence}]
        raise Problem(409, sentence, errors, code="NO_ACCOUNT_FOR_VAT") from None
    except NoHundredths:
        sentence = f"the return is in {currency}, whose amounts have more than two decimals; {BY_HAND}"
        raise fault("fromReturn", sentence) from None
    # A longer ref than the field takes is kept in the note's return alone.
    reference = ref if len(ref) <= LONGEST_REFERENCE else None
    usual = Usual(currency, reference, shows_vat=True)
    return draft_of(body, lines, ledger, day, usual)._replace(
        return_ref=ref, return_store=found.store_id, settlements=settled
    )


@router.get(
    "",
    summary="List the credit notes",
    description="Those that are not deleted, the newest first.",
    operation_id="list_credit_notes",
    responses={200: {"model": NoteList, "description": "The credit notes."}, **errors()},
    dependencies=READERS,
)
async def list_notes(
    request: Request,
    aid: OrganizationId,
    limit: PageLimit = 10,
    starting_after: Annotated[Guid | None, Query(description="The `Guid` of the last one of the page before.")] = None,
    status: Annotated[NoteStatus | None, Query(description="Only those that are drafts, or booked.")] = None,
) -> Response:
    """List the credit notes."""
    is_booked = None if status is None else status == "Booked"

    def work(connection: Connection) -> str:
        # One more than is shown says whether there are more.
        found = notes_on_page(connection, aid, Page(limit + 1, starting_after), is_booked=is_booked)
        # Here, in a thread: a hundred notes of a thousand lines take more than a second.
        listed = ",".join(map(shown, found[:limit]))
        more = f',"starting_after":"{found[limit - 1].guid}"' if len(found) > limit else ""
        return f'{{"creditnotes":[{listed}]{more}}}'

    return json_answer(await read_page(request, work))


@router.get(
    "/{guid}",
    summary="Read a credit note",
    operation_id="get_credit_note",
    responses={200: {"model": CreditNote, "description": "The credit note, deleted or not."}, **errors(404)},
    dependencies=READERS,
)
async def get_note(request: Request, aid: OrganizationId, guid: PathGuid) -> Response:
    """Read a credit note."""
    try:
        return answer(await context_of(request).store.read(partial(note_of, aid=aid, guid=guid)))
    except NoSuchNote as why:
        raise not_done(why) from None


@router.put(
    "/{guid}",
    summary="Change a draft",
    description="What is sent takes the place of the whole draft, whose `Timestamp` says that nobody changed it since.",
    operation_id="put_credit_note",
    openapi_extra=body_of(ChangedNoteBody.model_json_schema()),
    responses={200: {"model": CreditNote, "description": "The draft."}, **errors(404, 409, 413, 415)},
)
async def put_note(request: Request, aid: OrganizationId, guid: PathGuid, principal: NotesWriter) -> Response:
    """Change a draft."""
    context = context_of(request)
    most = context.settings.max_lines
    body = await read_json(request, lambda data: read_changed_note(data, most), exact=True)
    ledger = context.ledgers.of(aid)
    draft = read_draft(body, ledger, today(context, ledger))
    work = partial(
        change_note,
        aid=aid,
        guid=guid,
        note=draft,
        timestamp=body.version,
        now=context.clock.now(),
        subject=principal.subject,
    )
    return answer(await written_by(context, work))


@router.delete(
    "/{guid}",
    summary="Delete a draft",
    description="It is marked as deleted, and can still be read. Again is as good as once.",
    operation_id="delete_credit_note",
    openapi_extra=body_of(NoteVersion.model_json_schema()),
    responses={200: {"model": CreditNote, "description": "The deleted draft."}, **errors(404, 409, 413, 415)},
)
async def remove_note(request: Request, aid: OrganizationId, guid: PathGuid, principal: NotesWriter) -> Response:
    """Mark a draft as deleted."""
    context = context_of(request)
    body = await read_body(request, NoteVersion, exact=True)
    now = context.clock.now()
    work = partial(delete_note, aid=aid, guid=guid, timestamp=body.Timestamp, now=now, subject=principal.subject)
    return answer(await written_by(context, work))


@router.post(
    "/{guid}/book",
    summary="Book a credit note",
    description="The draft gets its number and stays as it is from then on. Without a `Number` it gets the one after "
    "the highest, and none is left out, however many are booked at once. The same body again has the same answer and "
    "no further effect.",
    operation_id="book_credit_note",
    openapi_extra=with_key(body_of(BookingBody.model_json_schema())),
    responses={200: {"model": CreditNote, "description": "The booked credit note."}, **errors(404, 409, 413, 415)},
)
async def post_booking(request: Request, aid: OrganizationId, guid: PathGuid, principal: NotesWriter) -> Response:
    """Book a draft."""
    context = context_of(request)
    body = await read_body(request, BookingBody, exact=True)
    creditor = context.ledgers.of(aid).creditor
    work = partial(
        book_note,
        aid=aid,
        guid=guid,
        timestamp=body.Timestamp,
        number=body.Number,
        code=lambda number: None if creditor is None else fik_code(number, creditor),
        now=context.clock.now(),
        subject=principal.subject,
    )
    return await once(request, aid, principal, work)
