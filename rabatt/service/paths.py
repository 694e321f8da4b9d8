"""Where accounts are served: below these paths nothing opens without a token."""

GUARDED = ("/v1/", "/api/v8/")
