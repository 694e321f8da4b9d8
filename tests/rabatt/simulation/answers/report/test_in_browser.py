"""The page in a real browser, opened from a file: it is drawn without a complaint, and nothing leaves the machine."""

import json
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from rabatt.simulation.answers.report import write_report
from rabatt.simulation.answers.report.distribution import bars_of
from tests.support.simulation.example import HOSTILE, WORLDS, example, without_draft
from tests.support.waiting import PATIENCE

# Of what the browser asks for by itself; all that a page asks for has an origin.
NO_ORIGIN = "not an origin"
LEAK = "http://127.0.0.1:9/leak.png"


@dataclass(frozen=True)
class Opened:
    """A page after it was opened: its elements, what the console said, and the addresses that it asked for."""

    dom: str
    complaints: list[str]
    asked_for: list[str]


def opened(page: str, folder: Path) -> Opened:
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("there is no Chromium here: apt install chromium")
    path, log = folder / "report.html", folder / "net.json"
    path.write_text(page, encoding="utf-8")
    command = [browser, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'user'}"]
    command += ["--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
    command += ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", f"--log-net-log={log}"]
    command += ["--enable-logging=stderr", "--virtual-time-budget=15000", "--dump-dom", path.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False, timeout=PATIENCE)
    complaints = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    events = [event.get("params", {}) for event in json.loads(log.read_bytes())["events"]]
    asked_for = [one["url"] for one in events if "url" in one and one.get("initiator", NO_ORIGIN) != NO_ORIGIN]
    return Opened(done.stdout, complaints, asked_for)


@pytest.fixture(scope="module")
def rich(tmp_path_factory: pytest.TempPathFactory) -> Opened:
    summary, tables = example("NOK", HOSTILE)
    pair = next(pair for pair in summary["overlap"] if pair["currency"] == HOSTILE)
    summary["overlap"] += [{**pair, "lost_by": f"{HOSTILE}{place}", "gained_by": f"new-{place}"} for place in range(25)]
    return opened(write_report(summary, tables), tmp_path_factory.mktemp("rich"))


def plots_of(dom: str) -> list[str]:
    return dom[: dom.index('<script type="application/json"')].split('class="plot')[1:]


def test_the_console_says_nothing(rich: Opened) -> None:
    assert rich.complaints == []


def test_the_page_asks_for_nothing(rich: Opened) -> None:
    assert rich.asked_for == []


def test_every_plot_is_drawn(rich: Opened) -> None:
    plots = plots_of(rich.dom)
    assert f'data-drawn="{len(plots)}"' in rich.dom
    assert len(plots) == 2 * 7
    assert [bool(re.search(r'<svg.*class="mark-\w+ role-mark', plot, re.DOTALL)) for plot in plots] == [True] * len(
        plots
    )


def test_every_row_of_the_distribution_is_a_bar(rich: Opened) -> None:
    summary, _ = example("NOK", HOSTILE)
    bins = [one for one in summary["distribution"] if one["currency"] == "NOK" and one["above"] is not None]
    assert plots_of(rich.dom)[4].count('aria-roledescription="bar"') == len(bars_of(bins, "NOK", WORLDS))


def test_names_of_documents_became_no_elements(rich: Opened) -> None:
    assert not re.search(r"<(b|img|iframe)[ >]", rich.dom[: rich.dom.index('<script type="application/json"')])


def test_a_page_without_a_draft_is_drawn_and_its_policy_holds_back_what_would_slip_in(tmp_path: Path) -> None:
    summary, tables = without_draft()
    page = write_report(summary, {"by_day": tables["by_day"].slice(0, 5)})
    found = opened(page.replace("<main>", f'<main><img src="{LEAK}">'), tmp_path)
    assert found.asked_for == []
    assert ["violates the following Content Security Policy" in line for line in found.complaints] == [True]
    assert f'data-drawn="{len(plots_of(found.dom))}"' in found.dom
    assert len(plots_of(found.dom)) == 3


def test_a_page_without_the_policy_would_be_noticed(tmp_path: Path) -> None:
    assert opened(f'<img src="{LEAK}">', tmp_path).asked_for == [LEAK]
