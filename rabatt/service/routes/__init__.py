"""What the service answers at its paths, a file for each kind of thing."""
