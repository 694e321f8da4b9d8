"""The command line over `rules` and `engine`.

Owns files, streams, exit codes and how an answer looks on a screen or a till receipt. Knows nothing of what a rule
means: it reads documents, calls the engine, and prints what came back.
"""
