"""The last step: what the service answers at its paths, a file for each kind of thing (docs/openapi.json).

A route says its scopes, reads its body, has one piece of work done by the store or the engine, and puts what stands
against it into words. It owns paths, scopes and statuses (docs/service.md, "Errors"; decision 0012), and refuses to
know SQL and what a rule gives.
"""
