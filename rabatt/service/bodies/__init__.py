"""The second step: documents on their way in and out, read with every fault at once, and shown.

It owns what a body may say and in what words it is refused (SPEC 10, docs/service.md, "Errors"; decisions 0003, 0012,
0025). What a rule, grant or receipt means is said in `rules`; what is stored of it, in `store`. It changes nothing.
"""
