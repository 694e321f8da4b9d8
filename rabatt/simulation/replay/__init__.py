"""Receipts evaluated in two worlds, customer by customer in order of time, and counted."""
