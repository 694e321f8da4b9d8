"""The first step: a receipt laid out in lines and units, and amounts put on them to the minor unit (SPEC 1, 2, 6)."""
