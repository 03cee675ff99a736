"""report.html in a real browser: counts, errors, requests, accessibility, looks, print."""

import io
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser.conftest import NewPage, Scheme
from browser.reference_pictures import (
    AREA_LIMIT,
    MEAN_LIMIT,
    compared,
    differences,
    set_font,
    write_anew_if_asked,
)
from fixtures.report_states import STATES
from PIL import Image
from playwright.sync_api import Page

from cxone_async.outcome import Outcome
from cxone_async.report.page import render_page
from cxone_async.report.reconciliation import Reconciliation

pytestmark = pytest.mark.slow

IN_README = Path(__file__).parents[2] / "docs" / "report.png"
VIEWS: list[tuple[Scheme, int]] = [("light", 1_400), ("light", 400), ("dark", 400), ("dark", 1_400)]
PICTURED = VIEWS[::2]


@dataclass(frozen=True, slots=True)
class Opened:
    """A report in a tab, what it complained of, and which addresses it asked for."""

    page: Page
    complaints: list[str]
    addresses: list[str]


Open = Callable[..., Opened]
"""`opened("amber", "dark", 400)`, with a change of the page if a fourth argument says so."""


def unchanged(page: str) -> str:
    return page


@pytest.fixture
def opened(tmp_path: Path, new_page: NewPage) -> Open:
    def opened(
        state: str,
        scheme: Scheme = "light",
        width: int = 1_400,
        change: Callable[[str], str] = unchanged,
    ) -> Opened:
        whole = render_page(STATES[state]())
        path = tmp_path / "report.html"
        path.write_text(change(whole), encoding="utf-8")
        assert change is unchanged or change(whole) != whole
        tab = Opened(new_page(scheme, width), [], [])
        tab.page.on("console", lambda message: tab.complaints.append(message.text))
        tab.page.on("pageerror", lambda error: tab.complaints.append(str(error)))
        tab.page.on("request", lambda request: tab.addresses.append(request.url))
        tab.page.goto(path.as_uri())
        # Its own address, and the icon that it has in itself.
        tab.addresses[:] = [url for url in tab.addresses if url not in (path.as_uri(), "data:,")]
        return tab

    return opened


@pytest.mark.parametrize("state", STATES)
def test_the_report_of_each_state_is_right_in_both_schemes_and_widths(
    opened: Open, state: str
) -> None:
    result = STATES[state]()
    tab = opened(state)
    page = tab.page
    for scheme, width in VIEWS:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = false)")
        assert counts_are_right(page, result)
        if (scheme, width) in PICTURED:
            picture = f"{state}-{scheme}-{width}"
            write_anew_if_asked(page, picture)
            assert differences(page, picture) == []
        assert nothing_is_wider_than(width, page)
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        assert nothing_is_wider_than(width, page)
        violations = Axe().run(page).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"]) for one in violations] == []
    assert (tab.complaints, tab.addresses) == ([], [])


def counts_are_right(page: Page, result: Reconciliation) -> bool:
    """Return whether each outcome that has rows shows its count, and the equation the whole."""
    shown = {
        outcome: page.locator(".outcomes tr", has=page.locator(f".fill-{outcome}"))
        for outcome in Outcome
        if result.rows(outcome)
    }
    return page.locator(".equation b").first.inner_text() == f"{result.total_input:,}" and all(
        row.locator("td").first.inner_text() == f"{result.rows(outcome):,}"
        for outcome, row in shown.items()
    )


def nothing_is_wider_than(width: int, page: Page) -> bool:
    scroll_width: int = page.evaluate("document.documentElement.scrollWidth")
    return scroll_width <= width


def test_on_paper_the_report_is_light_and_whole(opened: Open) -> None:
    page = opened("amber", "dark", 800).page
    page.emulate_media(media="print", color_scheme="dark")
    colour = page.evaluate("getComputedStyle(document.querySelector('section')).backgroundColor")
    assert colour == "rgb(255, 255, 255)"
    write_anew_if_asked(page, "amber-print")
    assert differences(page, "amber-print") == []
    pages = len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4")))
    assert 2 <= pages <= 6


def without(what: str) -> Callable[[str], str]:
    """Return a change of a page: the first match of `what` is not there."""
    return lambda page: re.sub(what, "", page, count=1, flags=re.DOTALL)


@pytest.mark.parametrize(
    "change",
    [
        without(r'<svg class="bands".*?</svg>'),
        without(r'(?<=<div class="plot">)\s*<svg.*?</svg>'),
        without(r'(?<=<h3>Requests</h3>)\s*<div class="plot">.*?</svg>'),
        without(r"<section aria-labelledby=\"countries\">.*?</section>"),
        without(r"(?<=<td class=\"gauge\">)<svg.*?</svg>"),
        lambda page: page.replace('<main class="act">', '<main class="good">'),
        lambda page: page.replace("<style>", "<style media=print>"),
    ],
    ids=["flow", "along", "requests", "countries", "country", "colour", "style"],
)
def test_a_picture_or_a_colour_that_is_missing_is_seen(
    opened: Open, change: Callable[[str], str]
) -> None:
    page = opened("amber", change=change).page
    assert differences(page, "amber-light-1400") != []


def test_letters_drawn_a_little_differently_are_not_taken_for_a_change(opened: Open) -> None:
    page = opened("amber").page
    assert differences(page, "amber-light-1400", font="DejaVu Serif") == []


def test_the_picture_in_the_readme_is_of_this_report(opened: Open) -> None:
    page = opened("amber", width=1_000).page
    set_font(page)
    flow = page.locator("[aria-labelledby=where]").bounding_box()
    assert flow is not None
    end = flow["y"] + flow["height"] + 16
    taken = page.screenshot(full_page=True, clip={"x": 0, "y": 0, "width": 1_000, "height": end})
    with Image.open(io.BytesIO(taken)) as picture:
        now = picture.convert("RGB")
    if os.environ.get("UPDATE_PICTURES"):
        # The few points of a rare colour keep it: `imported` is green.
        small = now.resize((640, now.height * 640 // now.width), Image.Resampling.LANCZOS)
        small.quantize(64, Image.Quantize.MAXCOVERAGE).save(IN_README, optimize=True)
    with Image.open(IN_README) as picture:
        then = picture.convert("RGB")
    assert IN_README.stat().st_size < 60_000
    mean, worst = compared(*(one.resize((50, 75), Image.Resampling.BOX) for one in (now, then)))
    assert mean < MEAN_LIMIT
    assert worst < AREA_LIMIT


@pytest.mark.parametrize(
    "what",
    [
        '<img src="http://127.0.0.1:9/x.png" alt="">',
        "<script>1</script>",
        '<link rel="stylesheet" href="http://127.0.0.1:9/x.css">',
    ],
    ids=["image", "script", "style"],
)
def test_what_the_page_must_not_load_would_be_noticed(opened: Open, what: str) -> None:
    tab = opened("empty", change=lambda page: page.replace("</main>", f"{what}</main>"))
    tab.page.wait_for_load_state()
    assert tab.complaints + tab.addresses != []
