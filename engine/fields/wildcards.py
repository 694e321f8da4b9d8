r"""Wildcards: one tried on one text, one looked for among many, and many followed together through many (SPEC 3).

`*` is any run of characters, `\*` a star of the text, and `\\` a backslash.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from engine.fields.members import CHARACTERS_A_STEP, Members

# The wildcards that are followed together have so many characters at most: their places are the bits of one integer.
MOST_BITS: Final = 32_768
# A longer one is always looked for by itself.
LONGEST_TOGETHER: Final = 1_024
# So many moves from one set of places to the next are remembered; what comes after them is worked out each time.
MOST_MOVES: Final = 4_096
# Less than this is never worth following all wildcards together.
LEAST_SPENT: Final = 4_096
# Working out a move takes as long as looking at this many characters, and one more for each of so many bits.
_STEPS_A_MOVE: Final = 4
_BITS_A_STEP: Final = 1_024


class CompiledWildcard:
    """One wildcard: the text it begins with, the pieces between its stars, and what it ends with.

    Without a star there is no `last`, and `first` is all.
    """

    __slots__ = ("first", "last", "length", "longest", "middle", "written")

    def __init__(self, written: str) -> None:
        """Take it as it is written."""
        pieces = _pieces(written)
        self.written = written
        self.first: str = pieces[0]
        self.last: str | None = pieces[-1] if len(pieces) > 1 else None
        self.middle: tuple[str, ...] = tuple([piece for piece in pieces[1:-1] if piece])
        self.length: int = sum(map(len, pieces))
        self.longest: str = max((*self.middle, self.last or ""), key=len)

    def matches(self, text: str) -> bool:
        """Say whether it names a text.

        Each piece is looked for from where the one before it ended. The first place found leaves the most for the rest,
        so nothing is ever tried twice.
        """
        first, last = self.first, self.last
        if last is None:
            return text == first
        if len(text) < len(first) + len(last) or not text.startswith(first) or not text.endswith(last):
            return False
        at, stop = len(first), len(text) - len(last)
        for piece in self.middle:
            found = text.find(piece, at, stop)
            if found < 0:
                return False
            at = found + len(piece)
        return True

    def may_name_one_of(self, members: Members) -> bool:
        """Say whether all its characters are in some member; if not, it names none."""
        members.looked_at += 1
        characters = members.characters
        return all(characters.issuperset(piece) for piece in (self.first, *self.middle, self.last or ""))

    def names_one_of(self, members: Members) -> bool:
        """Say whether it names a member."""
        return any(True for _ in self.named(members))

    def named(self, members: Members) -> Iterator[str]:
        """Return the texts that it names."""
        first, behind = members.span_of(self.first)
        if self.last is None:
            # Of those that begin with a text, it is itself the first.
            yield from [text for text in members.texts[first : first + 1] if text == self.first]
        elif not self.middle and not self.last:
            yield from members.texts[first:behind]
        elif first == behind or not self.may_name_one_of(members) or not members.ends_with(self.last):
            return
        elif not self.middle and not self.first:
            yield from members.ending(self.last)
        else:
            # Of the texts that begin so, those that hold its longest piece are tried, each once.
            while (place := members.place_of(self.longest, first, behind)) >= 0:
                text = members.texts[place]
                members.looked_at += 4 + len(text) // CHARACTERS_A_STEP
                if self.matches(text):
                    yield text
                first = place + 1


class WildcardPool:
    """The wildcards that patterns have for one field: they are looked for one by one, or all at once.

    One by one is best where there are few, or where most hold a piece that no text does. At worst each is tried on
    every text. So as soon as that has cost as much as following all together, which takes about the same time whatever
    they are, all are followed together: at most twice the least is spent.
    """

    __slots__ = ("_bits", "_by_text")

    def __init__(self) -> None:
        """Begin without any."""
        self._by_text: dict[str, CompiledWildcard] = {}
        self._bits = 0

    def add(self, written: str) -> CompiledWildcard:
        """Return the wildcard that is written so, which from now on is one of these."""
        wildcard = self._by_text.get(written)
        if wildcard is None:
            wildcard = self._by_text[written] = CompiledWildcard(written)
            if wildcard.length <= LONGEST_TOGETHER:
                self._bits += wildcard.length + 1
        return wildcard

    def names_one_of(self, wildcard: CompiledWildcard, members: Members) -> bool:
        """Say whether a wildcard of these names a member."""
        known = members.wildcards.get(wildcard.written)
        if known is not None:
            return known
        dear = max(LEAST_SPENT, (1 + self._bits // MOST_BITS) * members.size)
        if members.spent >= dear and wildcard.length <= LONGEST_TOGETHER:
            self._ask_together(members)
            return members.wildcards[wildcard.written]
        before = members.looked_at
        is_named = members.wildcards[wildcard.written] = wildcard.names_one_of(members)
        members.spent += members.looked_at - before
        return is_named

    def _ask_together(self, members: Members) -> None:
        known = members.wildcards
        left = [
            wildcard
            for wildcard in self._by_text.values()
            if wildcard.length <= LONGEST_TOGETHER and wildcard.written not in known
        ]
        members.looked_at += len(self._by_text)
        for wildcard in left:
            known[wildcard.written] = False
        left = [wildcard for wildcard in left if wildcard.may_name_one_of(members)]
        for some in _groups(left):
            named = _Followed(some).through(members)
            for wildcard, is_named in zip(some, named, strict=True):
                known[wildcard.written] = is_named
        members.spent = 0


def _groups(wildcards: Iterable[CompiledWildcard]) -> Iterator[list[CompiledWildcard]]:
    some: list[CompiledWildcard] = []
    bits = 0
    for wildcard in wildcards:
        if some and bits + wildcard.length + 1 > MOST_BITS:
            yield some
            some, bits = [], 0
        some.append(wildcard)
        bits += wildcard.length + 1
    if some:
        yield some


class _Places:
    """A set of places in wildcards, as bits: as far as each can be read in what was seen of a text."""

    __slots__ = ("after", "bits", "ends")

    def __init__(self, bits: int, ends: int) -> None:
        self.bits = bits
        self.ends = ends
        self.after: dict[str, _Places] = {}


class _Followed:
    """Some wildcards, followed together through texts, one character at a time.

    A wildcard of n characters has n + 1 places; at the one behind its last character it names what was read. A
    character moves every place that it comes next at, and places at a star stay as well: a shift and two masks for all
    of them. Moves are remembered, and most texts go the same few ways.
    """

    __slots__ = ("_begin", "_bits", "_ends", "_last_places", "_masks", "_moves", "_sets", "_stay")

    def __init__(self, wildcards: Sequence[CompiledWildcard]) -> None:
        """Give them their places, one wildcard after the other."""
        begin: list[int] = []
        stay: list[int] = []
        self._last_places: list[int] = []
        # The places that each character leads to.
        led_to: dict[str, list[int]] = {}
        place = 0
        for wildcard in wildcards:
            begin.append(place)
            pieces = (wildcard.first,) if wildcard.last is None else (wildcard.first, *wildcard.middle, wildcard.last)
            for number, piece in enumerate(pieces):
                if number:
                    stay.append(place)
                for character in piece:
                    place += 1
                    led_to.setdefault(character, []).append(place)
            self._last_places.append(place)
            place += 1
        self._bits = place
        self._begin = self._set_of(begin)
        self._stay = self._set_of(stay)
        self._ends = self._set_of(self._last_places)
        self._masks = {character: self._set_of(places) for character, places in led_to.items()}
        self._sets: dict[int, _Places] = {}
        self._moves = 0

    def _set_of(self, places: Iterable[int]) -> int:
        marks = bytearray(self._bits // 8 + 1)
        for place in places:
            marks[place >> 3] |= 1 << (place & 7)
        return int.from_bytes(marks, "little")

    def through(self, members: Members) -> list[bool]:
        """Return, of each wildcard in its order, whether it names a member."""
        begin = self._known(self._begin)
        seen = 0
        steps = self._bits // CHARACTERS_A_STEP
        for text in members.texts:
            places = begin
            ends = -1
            rest = iter(text)
            for character in rest:
                after = places.after.get(character)
                if after is None:
                    steps += _STEPS_A_MOVE + self._bits // _BITS_A_STEP
                    if self._moves == MOST_MOVES:
                        # The loop ends with it, since it reads the text to its end.
                        steps += len(text) * (_STEPS_A_MOVE + self._bits // _BITS_A_STEP)
                        ends = self._read_on(places.bits, character, rest)
                        break
                    after = self._move(places, character)
                places = after
            steps += 1 + len(text)
            if ends < 0:
                ends = places.ends
            if ends:
                seen |= ends
                if seen == self._ends:
                    break
        members.looked_at += steps
        marks = seen.to_bytes(self._bits // 8 + 1, "little")
        return [bool(marks[place >> 3] & 1 << (place & 7)) for place in self._last_places]

    def _known(self, bits: int) -> _Places:
        places = self._sets.get(bits)
        if places is None:
            places = self._sets[bits] = _Places(bits, bits & self._ends)
        return places

    def _move(self, places: _Places, character: str) -> _Places:
        """Return where a character leads from some places, and remember it."""
        mask = self._masks.get(character, 0)
        self._moves += 1
        after = self._known(((places.bits << 1) & mask) | (places.bits & self._stay))
        places.after[character] = after
        return after

    def _read_on(self, bits: int, character: str, rest: Iterator[str]) -> int:
        """Return the ends that are reached with a character and the rest of a text; nothing of it is remembered."""
        masks, stay = self._masks, self._stay
        bits = ((bits << 1) & masks.get(character, 0)) | (bits & stay)
        for one in rest:
            bits = ((bits << 1) & masks.get(one, 0)) | (bits & stay)
        return bits & self._ends


def _pieces(wildcard: str) -> list[str]:
    """Return the texts between the stars."""
    pieces: list[list[str]] = [[]]
    for mark in re.findall(r"\\[*\\]|[^*\\]+|.", wildcard, re.DOTALL):
        if mark == "*":
            pieces.append([])
        else:
            pieces[-1].append(mark[1] if mark[0] == "\\" and len(mark) > 1 else mark)
    return ["".join(piece) for piece in pieces]
