"""The tables: the account is part of every key, instants are microseconds since 1970, documents are JSON text."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    false,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from rabatt.service.store.column_types import SUM, StoredInstant

metadata = MetaData()

accounts = Table(
    "accounts",
    metadata,
    Column("aid", Text, primary_key=True),
    # Counts the changes of rules and of what everyone is granted.
    Column("version", BigInteger, nullable=False, server_default="0"),
    # The random name of the last of them, and so of the rules as they are: after a restore the same version may be
    # reached with other rules, the same name never. Empty where nothing was ever written.
    Column("change", Text, nullable=False, server_default=""),
    # How many rules are not deleted: counting them anew would make the next rule slower with every rule.
    Column("rule_count", BigInteger, nullable=False, server_default="0"),
)

# The last changes of an account's rules, so that who knows the rules as of one of them need read no more than what came
# after it.
rule_changes = Table(
    "rule_changes",
    metadata,
    Column("aid", Text, primary_key=True),
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    Column("change", Text, nullable=False),
)

rules = Table(
    "rules",
    metadata,
    Column("aid", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("document", Text, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("private", Boolean, nullable=False),
    Column("purchase_from", StoredInstant),
    Column("purchase_to", StoredInstant),
    Column("visible_from", StoredInstant),
    Column("created_at", StoredInstant, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("updated_at", StoredInstant, nullable=False),
    Column("updated_by", Text, nullable=False),
    Column("deleted_at", StoredInstant),
    Column("deleted_by", Text),
    # The account's version with the last change of the rule, or of whether everyone is granted it, and the name of that
    # change: a row of the same name says the same.
    Column("version", BigInteger, nullable=False),
    Column("change", Text, nullable=False, server_default=""),
    Column("granted_to_everyone", Boolean, nullable=False, server_default=false()),
    # What documents before `updated_at` let pass, the loosest of each; None where there were none.
    Column("former_bounds", Text),
    Index("rules_changed", "aid", "version"),
    Index("rules_listed", "aid", "created_at", "id"),
)

grants = Table(
    "grants",
    metadata,
    Column("aid", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("discount_id", Text, nullable=False),
    Column("customer_id", Text, nullable=False),
    Column("created_at", StoredInstant, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("deleted_at", StoredInstant),
    Column("deleted_by", Text),
    # A customer's use of what everyone is granted: it counts for limits, and holds while everyone's grant does.
    Column("is_derived", Boolean, nullable=False, server_default=false()),
    Column("usage", BigInteger, nullable=False, server_default="0"),
    Column("amount", BigInteger, nullable=False, server_default="0"),
    Column("bonus", BigInteger, nullable=False, server_default="0"),
    # A list of {at, count}, for rules that ask for stamps.
    Column("stamps", Text),
    # Stamps of cancelled purchases that were spent already: the next ones earned make up for them.
    Column("stamps_owed", BigInteger, nullable=False, server_default="0"),
    # What is left of a debit.
    Column("debit_balance", BigInteger),
    # What it was made from, as JSON, where the caller gave its id: another entry under that id is seen by it.
    Column("entry", Text),
    ForeignKeyConstraint(["aid", "discount_id"], ["rules.aid", "rules.id"]),
    Index("grants_of_customer", "aid", "customer_id", "discount_id"),
    Index("grants_of_rule", "aid", "discount_id", "created_at", "id"),
)

claims = Table(
    "claims",
    metadata,
    Column("aid", Text, primary_key=True),
    Column("ref", Text, primary_key=True),
    # Empty for the first claim of a ref, whatever its store: all that are made with a ref wait for each other here.
    # A claim of another store than the first has its store's id.
    Column("slot", Text, primary_key=True, server_default=""),
    Column("id", Text, nullable=False),
    # None where the claim said none.
    Column("store_id", Text),
    Column("type", Text, nullable=False),
    Column("customer_id", Text),
    Column("purchase_at", StoredInstant, nullable=False),
    # What was asked, in one spelling: another claim under the same ref is seen by it.
    Column("request", Text, nullable=False),
    # What was answered, to the byte.
    Column("answer", Text, nullable=False),
    Column("created_at", StoredInstant, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("cancelled_at", StoredInstant),
    Column("cancelled_by", Text),
    # The scope that it was made with; None where nobody noted it.
    Column("scope", Text),
    # The receipt that the caller named, and the `id` of the stored one that it is known to be of.
    Column("receipt_id", Text),
    Column("receipt", Text),
    UniqueConstraint("aid", "id", name="claims_by_id"),
)
for _name, _column, _where in (
    ("claims_of_receipt", claims.c.receipt, claims.c.receipt.is_not(None)),
    ("claims_naming_a_receipt", claims.c.receipt_id, claims.c.receipt_id.is_not(None)),
    ("claims_without_receipt", claims.c.purchase_at, claims.c.receipt.is_(None)),
):
    # Ending with the order in which they are locked: else SQLite reads all claims of the account in that order.
    Index(_name, claims.c.aid, _column, claims.c.id, sqlite_where=_where, postgresql_where=_where)

claim_lines = Table(
    "claim_lines",
    metadata,
    Column("aid", Text, primary_key=True),
    Column("claim_id", Text, primary_key=True),
    Column("grant_id", Text, primary_key=True),
    Column("discount_id", Text, nullable=False),
    # None for a purchase without a customer, which no grant counts.
    Column("customer_id", Text),
    Column("usage", Integer, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("bonus", BigInteger, nullable=False),
    Column("stamp", Integer, nullable=False),
    # The stamps that were spent, as a list of {at, count}.
    Column("stamps_spent", Text),
    Column("is_cancelled", Boolean, nullable=False, server_default=false()),
    ForeignKeyConstraint(["aid", "claim_id"], ["claims.aid", "claims.id"]),
)

# The use of a rule by every line of claims that stand; of some that count at the same time, each in a row of its own.
rule_uses = Table(
    "rule_uses",
    metadata,
    Column("aid", Text, primary_key=True),
    Column("discount_id", Text, primary_key=True),
    Column("shard", Integer, primary_key=True, autoincrement=False),
    Column("lines", BigInteger, nullable=False),
    Column("usage", BigInteger, nullable=False),
    # No bound is put on sums of amounts; SQLite goes on with a fraction where others would fail.
    Column("amount", SUM, nullable=False),
    Column("bonus", SUM, nullable=False),
    # Whose first lines were counted here, less those whose last were cancelled here.
    Column("customers", BigInteger, nullable=False),
)

rule_customers = Table(
    "rule_customers",
    metadata,
    Column("aid", Text, primary_key=True),
    Column("discount_id", Text, primary_key=True),
    Column("customer_id", Text, primary_key=True),
    # How many lines of claims that stand the customer has of the rule.
    Column("lines", BigInteger, nullable=False),
)

receipts = Table(
    "receipts",
    metadata,
    Column("aid", Text, primary_key=True),
    Column("receipt_id", Text, primary_key=True),
    # What its store is told apart by (`store_key`); two stores may have receipts of one number.
    Column("store_id", Text, primary_key=True),
    Column("id", Text, nullable=False),
    Column("customer_id", Text),
    Column("purchase_at", StoredInstant, nullable=False),
    # The receipt as it was stored, to which the customer and discounts of an update are added.
    Column("document", Text, nullable=False),
    # The update as JSON, once there was one.
    Column("update", Text),
    # The returns that were made here, as a list in the order of time.
    Column("returns", Text),
    Column("created_at", StoredInstant, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("updated_at", StoredInstant, nullable=False),
    UniqueConstraint("aid", "id", name="receipts_by_id"),
    Index("receipts_of_customer", "aid", "customer_id", "purchase_at", "id"),
)

tokens = Table(
    "customer_tokens",
    metadata,
    Column("aid", Text, primary_key=True),
    Column("type", Text, primary_key=True),
    Column("value", Text, primary_key=True),
    # What the till calls the token; only given back.
    Column("token_id", Text),
    Column("customer_id", Text, nullable=False),
    Column("created_at", StoredInstant, nullable=False),
    Column("created_by", Text, nullable=False),
    Index("customer_tokens_of_customer", "aid", "customer_id"),
)

returns = Table(
    "returns",
    metadata,
    Column("aid", Text, primary_key=True),
    Column("ref", Text, primary_key=True),
    # That of its receipt.
    Column("store_id", Text, primary_key=True),
    Column("receipt_id", Text, nullable=False),
    # What was asked, as JSON: another return under the same ref is seen by it.
    Column("request", Text, nullable=False),
    # What was answered, to the byte.
    Column("answer", Text, nullable=False),
    Column("created_at", StoredInstant, nullable=False),
    Column("created_by", Text, nullable=False),
    ForeignKeyConstraint(
        ["aid", "receipt_id", "store_id"], ["receipts.aid", "receipts.receipt_id", "receipts.store_id"]
    ),
)

# Cards to which a return or a cancelling gave money back though nobody could spend it any more.
stranded_balances = Table(
    "stranded_balances",
    metadata,
    Column("aid", Text, primary_key=True),
    Column("grant_id", Text, primary_key=True),
    # All that went there at such times, and when the first and the last of it did.
    Column("credited", SUM, nullable=False),
    Column("created_at", StoredInstant, nullable=False),
    Column("updated_at", StoredInstant, nullable=False),
    ForeignKeyConstraint(["aid", "grant_id"], ["grants.aid", "grants.id"]),
    Index("stranded_balances_listed", "aid", "created_at", "grant_id"),
)

credit_notes = Table(
    "credit_notes",
    metadata,
    Column("aid", Text, primary_key=True),
    Column("guid", Text, primary_key=True),
    # Counts its changes: who changes it says which version was read.
    Column("version", BigInteger, nullable=False),
    # All that is shown of it but what the other columns say.
    Column("document", Text, nullable=False),
    # None for a draft.
    Column("number", BigInteger),
    Column("fik_code", Text),
    # What it was booked by, in one spelling: the same request again is seen by it.
    Column("booking", Text),
    Column("created_at", StoredInstant, nullable=False),
    Column("created_by", Text, nullable=False),
    # Of a booked note: when it was booked, and by whom.
    Column("updated_at", StoredInstant, nullable=False),
    Column("updated_by", Text, nullable=False),
    Column("deleted_at", StoredInstant),
    Column("deleted_by", Text),
    # The return that it credits, and its worth in hundredths, which it comes to whatever is changed.
    Column("return_ref", Text),
    Column("return_store", Text),
    Column("refund", BigInteger),
    # What of it was settled with the return, as JSON.
    Column("settlements", Text),
    UniqueConstraint("aid", "number", name="credit_notes_by_number"),
    # A return is credited once; a deleted note credits none.
    UniqueConstraint("aid", "return_ref", "return_store", name="credit_notes_by_return"),
    Index("credit_notes_listed", "aid", "created_at", "guid"),
)

credit_note_numbers = Table(
    "credit_note_numbers",
    metadata,
    Column("aid", Text, primary_key=True),
    # Whoever raises it has the next number, and others wait until that is booked or undone: none is left out.
    Column("highest", BigInteger, nullable=False),
)

# Answers under the caller's key; in the transaction that takes a key its answer is not there yet.
idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("aid", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    # A digest of the request: another one under the same key is seen by it.
    Column("request", Text, nullable=False),
    Column("status", Integer),
    Column("headers", Text),
    Column("body", Text),
    Column("created_at", StoredInstant, nullable=False),
    Index("idempotency_keys_by_time", "created_at"),
)

# Compared sign by sign, whatever the database's language.
BINARY_TEXT = Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")

open2b_accounts = Table(
    "open2b_accounts",
    metadata,
    Column("aid", Text, primary_key=True),
    # What receipts name by its identifier, customers aside.
    Column("catalogue", Text, nullable=False),
    Column("loaded_at", StoredInstant),
    # The last identifiers that were given.
    Column("last_receipt", BigInteger, nullable=False, server_default="0"),
    Column("last_item", BigInteger, nullable=False, server_default="0"),
)

open2b_customers = Table(
    "open2b_customers",
    metadata,
    Column("aid", Text, primary_key=True),
    Column("id", BigInteger, primary_key=True, autoincrement=False),
)

open2b_receipts = Table(
    "open2b_receipts",
    metadata,
    Column("aid", Text, primary_key=True),
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    # What receipts are found and ordered by: times as the shop's clock shows them, amounts in cents, labels as bits.
    Column("number_key", BINARY_TEXT, nullable=False),
    Column("status", BINARY_TEXT, nullable=False),
    Column("creation_time", BINARY_TEXT, nullable=False),
    Column("update_time", BINARY_TEXT, nullable=False),
    Column("issue_date", BINARY_TEXT, nullable=False),
    Column("customer", BigInteger),
    Column("customer_name", BINARY_TEXT, nullable=False),
    Column("address", BINARY_TEXT, nullable=False),
    Column("labels", BigInteger, nullable=False),
    Column("total", BigInteger, nullable=False),
    Column("taxed_total", BigInteger, nullable=False),
    Column("token", Text, nullable=False),
    # What is answered, to the byte, and what is kept of a receipt that this does not say.
    Column("document", Text, nullable=False),
    Column("inside", Text, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("updated_by", Text, nullable=False),
    Index("open2b_receipts_by_number", "aid", "number_key"),
    Index("open2b_receipts_by_creation", "aid", "creation_time"),
    Index("open2b_receipts_by_customer", "aid", "customer"),
)

# Written to see whether the database takes writes; nothing is read from it.
probes = Table(
    "probes",
    metadata,
    Column("slot", BigInteger, primary_key=True, autoincrement=False),
    Column("at", StoredInstant, nullable=False),
)


secrets = Table(
    "secrets",
    metadata,
    # Random keys of the service's own, which all of its processes share.
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)


def insert_into(connection: Connection, table: Table) -> Any:
    """An INSERT of the store's own dialect, which knows ON CONFLICT."""
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)
