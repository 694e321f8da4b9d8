"""The end of the page: what a replay cannot know, and what was left aside."""

from collections.abc import Mapping
from typing import Any

from rabatt.simulation.answers.figures.archive import refused_text
from rabatt.simulation.answers.figures.number_text import count, plural
from rabatt.simulation.answers.report.markup import element, items, joined, paragraph
from rabatt.simulation.answers.report.section import Section


def limits(summary: Mapping[str, Any]) -> Section:
    """Return what a replay cannot know."""
    return Section("What a replay cannot know", [items(summary["limits"])])


def counted(summary: Mapping[str, Any]) -> Section:
    """Return how many receipts were evaluated, and how many were refused."""
    archive, refused = summary["archive"], summary["refused"]
    said = [
        paragraph(
            f"Of {plural(archive['receipts'], 'receipt')}, {count(archive['evaluated'])} could concern a rule and went "
            f"through the engine of the till; {count(archive['evaluated_twice'])} of them in both worlds, because the "
            "draft could change them."
        )
    ]
    if archive["not_optimal"]:
        said.append(
            paragraph(
                f"On {plural(archive['not_optimal'], 'receipt')} the search for the best rules ended at its limit: "
                "what was found there may not be the best, as in the till."
            )
        )
    if refused["receipts"]:
        file = element("code", refused["file"])
        said.append(paragraph(refused_text(refused), "; ", file, " beside this page has them with their faults."))
    else:
        said.append(paragraph("No receipt was refused."))
    return Section("What was counted", [joined(said)])
