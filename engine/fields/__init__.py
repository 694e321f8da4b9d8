"""A receipt's fields, each made ready once so that any number of patterns can be looked up in it (SPEC 3)."""
