"""Documents on their way in and out: read with every fault at once, and shown."""
