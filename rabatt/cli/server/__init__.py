"""How `rabatt serve` listens: sockets, connections with bounds, and worker processes."""
