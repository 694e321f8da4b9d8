"""One receipt after it was replayed, and how it counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from engine.basket.basket import Basket
from engine.money import MinorUnits
from rabatt.simulation.replay.count import count_figures
from rabatt.simulation.replay.discount_bins import bin_of
from rabatt.simulation.replay.margin import CostedLine, margin_of, uncosted_fall
from rabatt.simulation.replay.overlap import losses
from rabatt.simulation.replay.receipt_figures import ReceiptFigures
from rabatt.simulation.tally import BothCampaigns, ReachedCustomers, ReceiptDimensions, Tally, add, count_receipt
from rules import Receipt


@dataclass(frozen=True)
class Record:
    """A receipt, where it counts, and what it was given in both worlds; one object where nothing differs."""

    receipt: Receipt
    basket: Basket
    tie: int
    dimensions: ReceiptDimensions
    baseline: ReceiptFigures
    scenario: ReceiptFigures
    costed: Sequence[CostedLine]

    @property
    def is_given(self) -> bool:
        """Say whether either world gives anything."""
        return bool(self.baseline.by_rule or self.scenario.by_rule)

    @property
    def is_changed(self) -> bool:
        """Say whether the scenario gives something else than the baseline."""
        return self.baseline is not self.scenario and self.baseline.by_rule != self.scenario.by_rule

    @cached_property
    def margins(self) -> tuple[MinorUnits, MinorUnits] | None:
        """Return the margin of both worlds on lines with cost; None where no line says what its goods cost."""
        if not self.costed:
            return None
        baseline = margin_of(self.costed, self.baseline.by_line)
        same = self.scenario is self.baseline
        return baseline, baseline if same else margin_of(self.costed, self.scenario.by_line)


def tally_record(tally: Tally, record: Record, campaigns: BothCampaigns, reached: ReachedCustomers | None) -> None:
    """Count a receipt and what it was given."""
    dimensions, baseline, scenario = record.dimensions, record.baseline, record.scenario
    currency = dimensions.currency
    count_receipt(tally, dimensions, record.basket.gross)
    if not record.is_given:
        return
    count_figures(tally, dimensions, (baseline, scenario), campaigns, reached)
    for world, figures in enumerate((baseline, scenario)):
        if figures.discount:
            add(tally.distribution, (currency, bin_of(figures.discount)), (1 - world, world))
    for one in losses(baseline, scenario):
        add(tally.overlap, (currency, one.lost_by, one.gained_by), (1, one.uses, one.discount, one.bonus))
    if record.margins is not None:
        add(tally.margin, currency, (1, *record.margins))
    if record.is_changed:
        _count_change(tally, record)


def _count_change(tally: Tally, record: Record) -> None:
    """Count a receipt that is given something else: its margin where costs are known, else what it gets more."""
    currency = record.dimensions.currency
    if record.margins is not None:
        add(tally.changed, currency, (1, 1, 0, 0))
        add(tally.changed_margin, currency, _changed_margin(record, record.margins))
        return
    discount = record.scenario.discount - record.baseline.discount
    add(tally.changed, currency, (1, 0, discount, record.scenario.bonus - record.baseline.bonus))


def _changed_margin(record: Record, margins: tuple[MinorUnits, MinorUnits]) -> tuple[int, ...]:
    """Return what `ChangedMargin` has of one receipt.

    More bonus is margin given up, at its face value; so is more discount on lines without cost, less its tax.
    """
    before, after = record.baseline.by_line, record.scenario.by_line
    lines = [
        line
        for line in record.costed
        if line.place is not None and before.get(line.place, 0) != after.get(line.place, 0)
    ]
    uncosted = uncosted_fall(record.basket, record.costed, before, after)
    given_up = uncosted + record.scenario.bonus - record.baseline.bonus
    return (
        1,
        margins[0],
        margins[1] - given_up,
        sum(line.units for line in lines),
        margin_of(lines, before),
        margin_of(lines, after) - (given_up if lines else 0),
        uncosted,
    )
