"""What a draft campaign would have done to years of receipts: two worlds replayed over an archive, and compared.

Its rooms are its steps: an archive is read, scanned, replayed and answered (docs/simulation.md, decisions 0013 and
0014). This package owns the archive and how it is read, which receipts rules can concern, the grants that customers
carry from purchase to purchase, the figures and the report. It refuses to know what a rule gives on a receipt: the
engine alone decides that, as in the till.
"""

from rabatt.simulation.options import Options
from rabatt.simulation.simulate import Simulation, compare, replay_rules

__all__ = ["Options", "Simulation", "compare", "replay_rules"]
