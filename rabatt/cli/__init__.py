"""The door for a shell, the command `rabatt`: a module for each sub-command, and what they share.

A sub-command takes its steps in its own module: documents are read, the engine or another door is asked, and what comes
back is printed. `app` puts the sub-commands together.
"""
