"""Before any receipt comes, for step 3 of its evaluation: rules made ready to be asked (SPEC 1, 3 to 6).

A rule's document becomes matchers of lines, patterns of fields, a check for each requirement and limitation,
and whole numbers. What is compiled never changes, and equal parts of many rules are one object.
"""
