"""docs/architecture.md is the map of the code as it is: its drawings, its rooms, and its trips, which are walked."""

import ast
import re
from collections.abc import Iterable
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.sql.dml import Update

from engine import compile_rules, evaluate
from rabatt.service import create_app
from rabatt.service.clock import ServiceClock
from rabatt.service.store import booking
from rabatt.service.store.tables import grants
from rules import read_receipt, read_rules
from rules.limitation import Limitation
from tests.rabatt.service.conftest import Hands, Service, new_url, settings_of
from tests.reference import reference_evaluate
from tests.support.drawing import (
    PAGE,
    drawn,
    floors,
    listed,
    needed,
    rooms,
    uses,
    with_drawings,
)
from tests.support.golden import ROWS
from tests.support.places import ROOT
from tests.support.service.claiming import CLAIMS, body, open_shop, ref
from tests.support.walk import Place, called, calls_of, passes, trips

# Watches which functions are called, and says nothing of the compiled ones.
pytestmark = pytest.mark.plain

TEXT = PAGE.read_text("utf-8")
TRIPS = trips(TEXT)
MOST_ROOMS = 20
MOST_PLACES = 6
RECEIPT_TRIP = "One receipt"
PACKAGES = sorted(path.parent for path in (ROOT / "engine").rglob("__init__.py"))
REWARD_TRIP = "A new kind of reward"
LIMITATION_TRIP = "A new limitation"
ORDER_TRIP = "Another order of selections"
LIMIT_TRIP = "Where a claim's limit is upheld"


def test_the_drawings_show_the_imports_as_they_are() -> None:
    # `make pages` draws them anew.
    assert with_drawings(TEXT) == TEXT
    assert TEXT.count("```mermaid\n") == 2


def test_the_engine_has_few_rooms_and_the_page_lists_just_these() -> None:
    assert sorted(path.stem for _, path in listed(TEXT)) == sorted(rooms("engine"))
    assert all(path.exists() for _, path in listed(TEXT))
    assert len(rooms("engine")) <= MOST_ROOMS


def test_the_page_lists_every_door() -> None:
    named = re.findall(r"^\| \[`(?:rabatt/)?(\w+)/`\]", TEXT, re.MULTILINE)
    packages = {name for name in rooms("rabatt") if (ROOT / "rabatt" / name).is_dir()}
    assert sorted(named) == sorted({"rules", "engine"} | packages)


def test_the_steps_are_those_of_the_algorithm_in_their_order() -> None:
    steps = [int(step) for step, _ in listed(TEXT) if step.isdigit()]
    titles = re.findall(r"^## (\d)\. ", (PAGE.parent / "algorithm.md").read_text("utf-8"), re.MULTILINE)
    told = re.findall(r"^\*\*(\d)\. ", TEXT, re.MULTILINE)
    assert steps == sorted(steps)
    assert told == titles
    assert set(steps) < set(map(int, titles))


def test_the_page_names_the_rooms_behind_each_door() -> None:
    doors = re.findall(r"^\| \[`rabatt/(\w+)/`\]\S+ \| (.+) \|$", TEXT, re.MULTILINE)
    named = {door: set(re.findall(r"`(\w+)/`", cell)) for door, cell in doors}
    assert named == {
        door: {path.parent.name for path in (ROOT / "rabatt" / door).glob("*/__init__.py")} for door in named
    }
    assert named["service"]
    assert named["simulation"]


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_package_of_the_engine_says_its_step_and_its_section_of_the_specification(package: Path) -> None:
    said = ast.get_docstring(ast.parse((package / "__init__.py").read_text("utf-8"))) or ""
    assert re.search(r"\bsteps?\b", said, re.IGNORECASE)
    assert re.search(r"\bSPEC \d", said)
    # One that gives the number gives that of the page.
    number = re.match(r"Step (\d) of an evaluation", said)
    assert number is None or (number[1], package) in listed(TEXT)


def test_what_follows_from_other_imports_is_left_out_of_a_drawing() -> None:
    assert needed({"a": {"b", "c", "d"}, "b": {"c"}, "c": {"d"}, "d": set()}) == {
        "a": ["b"],
        "b": ["c"],
        "c": ["d"],
        "d": [],
    }


def test_an_import_of_what_is_not_below_cannot_be_drawn() -> None:
    with pytest.raises(ValueError, match="meter imports basket"):
        drawn("wrong", floors("engine"), {"basket": set(), "meter": {"basket"}}, [])


def test_a_room_that_the_page_lacks_cannot_be_drawn() -> None:
    with pytest.raises(ValueError, match="table, or on no floor of the import contracts: meter"):
        with_drawings(TEXT.replace("[`engine/meter.py`]", "[`engine/`]"))


def test_a_package_uses_what_is_imported_anywhere_in_it() -> None:
    assert uses(["engine.basket", "engine.meter", "engine.settings"]) == {
        "engine.basket": {"engine.meter", "engine.settings"},
        "engine.meter": {"engine.settings"},
        "engine.settings": set(),
    }


def test_there_are_five_trips() -> None:
    assert list(TRIPS) == [REWARD_TRIP, LIMITATION_TRIP, ORDER_TRIP, RECEIPT_TRIP, LIMIT_TRIP]


@pytest.mark.parametrize("trip", TRIPS)
def test_a_trip_is_short_and_each_of_its_places_is_there(trip: str) -> None:
    places = TRIPS[trip]
    assert 1 < len(places) <= MOST_PLACES
    assert [place for place in places if not place.is_there] == []
    assert len(set(places)) == len(places)


@pytest.mark.parametrize(
    ("trip", "known"),
    [
        pytest.param(REWARD_TRIP, ROWS["6"][: ROWS["6"].index("cheapest")], id="rewards"),
        pytest.param(LIMITATION_TRIP, Limitation.model_fields, id="limitations"),
    ],
)
def test_each_place_of_a_trip_to_something_new_knows_something_of_its_kind(trip: str, known: Iterable[str]) -> None:
    for place in TRIPS[trip]:
        text = (ROOT / place.path).read_text("utf-8")
        assert any(name in text for name in known), place


def test_another_order_of_selections_is_where_selections_are_made() -> None:
    item = {"id": "x", "quantity": 4, "gross_amount": 4000, "eligible_for_discount": True}
    document = {"receipt_id": "1", "purchase_at": "2026-10-17T09:30:00Z", "store": {"id": "s"}, "items": [item]}
    off = {"requirement": {"item": {"items": [{"id": "x"}]}}, "reward": {"type": "discount_percent", "value": 10}}
    alone = {"limitation": {"discount_combination": 0}}
    rules = read_rules([{"id": "a", **off, **alone}, {"id": "b", **off}, {"id": "c", **off}])

    def run() -> None:
        # The first is proven, the second searched, the third tried one by one.
        evaluate(compile_rules(rules[1:]), read_receipt(document))
        evaluate(compile_rules(rules), read_receipt(document))
        reference_evaluate([dict(rule.document) for rule in rules], document, None)

    calls = calls_of(run)
    names = {(call.path, name) for call in calls for name in (call.name, call.name.partition(".")[0])}
    places = [place for place in TRIPS[ORDER_TRIP] if (place.path, place.name) not in names]
    assert places == []
    assert {place.path for place in TRIPS[ORDER_TRIP]} <= {call.path for call in calls}


def test_a_receipt_passes_the_places_of_its_trip_in_their_order() -> None:
    [rule] = read_rules([{"id": "a", "reward": {"type": "discount_percent", "value": 10}}])
    rule_set = compile_rules([rule])
    item = {"id": "x", "gross_amount": 1000, "eligible_for_discount": True}
    document = {"receipt_id": "1", "purchase_at": "2026-10-17T09:30:00Z", "store": {"id": "s"}, "items": [item]}
    calls = calls_of(lambda: evaluate(rule_set, read_receipt(document)))
    places = TRIPS[RECEIPT_TRIP]
    assert passes(calls, places)
    assert not passes(calls, places[::-1])
    # From the first to the last: nothing that is called before or after them has a part in it.
    assert [place.name for place in (places[0], places[-1])] == ["read_receipt", "write"]


def test_a_claim_passes_the_places_of_its_trip_in_their_order(tmp_path: Path) -> None:
    *functions, statement = TRIPS[LIMIT_TRIP]
    hands = Hands()
    app = create_app(settings_of(new_url("sqlite", tmp_path)), ServiceClock(now=hands.now))
    # The threads that work on a request begin after the application is made, and before the first request.
    with called() as calls, TestClient(app) as client:
        service = Service(app, client, hands)
        open_shop(service)
        assert service.call("POST", CLAIMS, body("r1", ("once", [ref("once-c")]))).status_code == 201
    assert passes(calls, functions)
    assert not passes(calls, functions[::-1])
    assert statement.path == booking.__file__.removeprefix(f"{ROOT}/")


def test_the_limit_is_in_the_where_of_the_update_that_counts_the_use() -> None:
    statement = getattr(booking, TRIPS[LIMIT_TRIP][-1].name)
    assert isinstance(statement, Update)
    assert statement.table is grants
    assert "grants.usage + :used <= :most" in str(statement.whereclause)


def test_a_place_that_is_not_there_is_found() -> None:
    assert not Place("engine/evaluate.py", "work_it_out").is_there
    assert not Place("nowhere/evaluate.py", "evaluate").is_there
    assert Place("engine/rule_set.py", "RuleSet.candidates").is_there


@pytest.mark.parametrize(
    ("second", "why"),
    [
        pytest.param("Somewhere else.", "each item is a link", id="no place"),
        pytest.param("[`rules/a.py`](../rules/b.py) `b`: c", "each item is a link", id="a link to another file"),
        pytest.param("[`rules/a.py`](../rules/a.py) `b`: or `rules/c.py`", "these are places too", id="a place aside"),
    ],
)
def test_a_trip_that_hides_a_place_is_refused(second: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        trips(f"\n## Five trips\n\n### A\n\n1. [`rules/x.py`](../rules/x.py) `b`: c\n2. {second}\n")
