"""What a customer holds: the grants of rules, and the stamps on a card (SPEC 5, 7)."""
