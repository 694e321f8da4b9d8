"""What each kind of reward gives on a layout. The kinds do not know each other; `award` knows their turns."""
