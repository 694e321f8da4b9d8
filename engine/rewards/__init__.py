"""Step 4 of an evaluation: what each kind of reward gives when its turn comes (SPEC 6, 7).

`kinds` is the table of them. They do not know each other; `award` knows their turns.
"""
