"""A figure under its label, in each world that is shown."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from rabatt.simulation.answers.figures.currency_answers import CurrencyAnswers
from rabatt.simulation.answers.figures.number_text import change_percent, count, figure, signed


@dataclass(frozen=True)
class Labelled:
    """A figure as it is written, under its label.

    `shown` is that of each world, `difference` by how much they differ, and `change` the same in percent: both are
    empty where there is no draft, and `change` where there was nothing before. `is_amount` says that it is money, in
    the currency of the answers.
    """

    label: str
    shown: Sequence[str]
    difference: str = ""
    change: str = ""
    is_amount: bool = False


def amounts(answers: CurrencyAnswers, label: str, of_worlds: Mapping[str, int]) -> Labelled:
    """Return an amount of each world under a label."""
    return _labelled(answers, label, of_worlds, lambda amount: figure(amount, answers.currency), is_amount=True)


def counts(answers: CurrencyAnswers, label: str, of_worlds: Mapping[str, int]) -> Labelled:
    """Return a count of each world under a label."""
    return _labelled(answers, label, of_worlds, count, is_amount=False)


def _labelled(
    answers: CurrencyAnswers, label: str, of_worlds: Mapping[str, int], write: Callable[[int], str], *, is_amount: bool
) -> Labelled:
    numbers = [of_worlds[world] for world in answers.worlds]
    shown = [write(one) for one in numbers]
    if not answers.is_compared:
        return Labelled(label, shown, is_amount=is_amount)
    before, after = numbers
    difference = signed(write(after - before), after - before)
    return Labelled(label, shown, difference, change_percent(before, after), is_amount)
