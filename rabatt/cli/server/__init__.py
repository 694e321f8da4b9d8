"""How `rabatt serve` listens: sockets, connections with bounds, and worker processes.

It owns what happens before a request is whole and after its answer: who is accepted, how long a head may take, how
processes start and stop (docs/service.md, "Start", "In production" and "Limits"; decisions 0018, 0020). It refuses to
know what is answered: that is the application of `rabatt.service`.
"""
