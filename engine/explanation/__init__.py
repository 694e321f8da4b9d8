"""Why: what became of each rule and line, and what a shopper could add (SPEC 9)."""
