"""For step 3 of an evaluation: what the customer holds, grants and the stamps on a card (SPEC 5, 7).

The service and a replay keep stamp cards by the same functions.
"""
