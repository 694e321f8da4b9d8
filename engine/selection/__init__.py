"""The rules that are used together: the joint best, proven, or the best that was found (SPEC 6; decision 0004)."""
