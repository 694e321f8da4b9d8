"""Rules made ready to be asked of any receipt: matchers of lines, patterns of fields, requirements (SPEC 1, 3, 4)."""
