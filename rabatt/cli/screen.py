"""What is printed: text from documents made harmless, and the two consoles."""

import json
import re
import sys
import unicodedata

from rich.cells import cell_len, set_cell_size
from rich.console import Console

# Signs that JSON leaves as they are and some readers of lines end a line at.
LINE_ENDS = re.compile("[\x7f\x85\u2028\u2029]")
NOT_ASCII = re.compile("[^\x00-\x7f]")

# Control, format (right-to-left overrides, joiners), surrogate, private, unassigned: nothing that moves a cursor,
# turns a line around or cannot be encoded leaves a document for the screen.
UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


def printable(text: object) -> str:
    """The text on one line, each run of white space one blank, every unprintable character a question mark."""
    spaced = " ".join(str(text).split())
    return "".join("?" if unicodedata.category(sign) in UNPRINTABLE else sign for sign in spaced)


def fitted(text: object, width: int) -> str:
    """The printable text cut or filled to exactly this many screen cells."""
    shown = printable(text)
    if cell_len(shown) > width:
        shown = set_cell_size(shown, width - 1).rstrip() + "~"
    return set_cell_size(shown, width)


def console_on_stdout() -> Console:
    """A console that prints text as it is: no markup, no emoji codes, no wrapping, colours on a terminal only."""
    return Console(file=sys.stdout, markup=False, emoji=False, highlight=False, soft_wrap=True)


def console_on_stderr() -> Console:
    """The same on standard error."""
    return Console(file=sys.stderr, markup=False, emoji=False, highlight=False, soft_wrap=True)


def json_line(data: object) -> str:
    """The data as one line of JSON; what the terminal cannot show, or could take for a line's end, is escaped."""
    return json_of(json.dumps(data, ensure_ascii=False))


def json_of(line: str) -> str:
    """The same of a line of JSON that is there: only its texts can hold what is escaped."""
    try:
        line.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return escaped(line)
    return escaped(line) if LINE_ENDS.search(line) else line


def escaped(line: str) -> str:
    """The line in ASCII."""
    return NOT_ASCII.sub(lambda sign: json.dumps(sign[0])[1:-1], line)
