"""Rules, grants, claims and receipts in SQLite or PostgreSQL: plain functions on a connection."""
