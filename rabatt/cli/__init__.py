"""The command `rabatt`: a module for each sub-command, and what they share."""
