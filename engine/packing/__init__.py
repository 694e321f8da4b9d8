"""Which units go into which sets, for all rules that form sets together: worth most, ties settled (SPEC 6, step 1).

A packing problem is numbers only: classes of equal units with counts, and offers, each a rule that forms sets. This
package knows neither rules nor receipts.
"""

from engine.packing.pack import pack, uncontested
from engine.packing.problem import Form, Offer, Packed, Packing, Part

__all__ = ["Form", "Offer", "Packed", "Packing", "Part", "pack", "uncontested"]
