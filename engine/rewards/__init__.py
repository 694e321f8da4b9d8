"""What each kind of reward gives on a state (SPEC 6 and 7); `kinds` is the table of them.

The steps that give do not know each other; `award` knows their turns.
"""
