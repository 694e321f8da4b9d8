"""The first step of each request: bounds, its token and scopes, the key of its repetition.

It owns who is let in, how much of it at once, and what all answers carry (docs/service.md, "Tokens", "Under load" and
"Sending again"; decisions 0018, 0020, 0024, 0026). It refuses to know what the request asks for.
"""
