"""Rules made ready to be asked of any receipt: matchers, patterns, and checks of what must hold (SPEC 1, 3, 4, 5)."""
