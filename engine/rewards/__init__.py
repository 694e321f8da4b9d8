"""What each kind of reward gives on a state. The kinds do not know each other; `award` knows their turns."""
