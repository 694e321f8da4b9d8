"""Which units go into which sets."""
