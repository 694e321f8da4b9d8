"""After the last step of an evaluation, when somebody asks: what became of each rule and line, and why (SPEC 9).

It works from the trace of the evaluation; a till that never asks why never loads it.
"""
