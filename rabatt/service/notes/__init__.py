"""Credit notes: what a body may say, what a note comes to, and how it is shown (docs/credit-notes.md)."""
