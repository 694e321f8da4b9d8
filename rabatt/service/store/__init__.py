"""Rules, grants, claims and receipts in SQLite or PostgreSQL: plain functions on a connection, in its transaction.

It owns the tables and every statement (docs/service.md, "How a till claims"; decisions 0011, 0015, 0019, 0023, 0026).
It refuses to know HTTP and who asks: what stands against something is an exception, and the route has the words.

A claim goes through `claims` (once for each ref), `resolve` (what its refs name) and `booking`, whose UPDATE upholds
the limits; `give_back` undoes it, all of it or a part.
"""
