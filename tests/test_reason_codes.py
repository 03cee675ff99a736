"""The documented list of reason and repair codes is the list of them."""

import re
from pathlib import Path

from cxone_async.outcome import Outcome, Reason, Repair

PAGE = Path(__file__).parents[1] / "docs" / "reason-codes.md"


def documented() -> dict[str, list[str]]:
    """Code -> the cells of its line, of every table of the page."""
    rows = re.findall(r"^\| `(\w+)` \|(.*)\|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(rows) == len({code for code, _ in rows}), "a code is documented twice"
    return {code: [cell.strip() for cell in cells.split("|")] for code, cells in rows}


def test_every_reason_and_repair_is_documented_and_nothing_else_is() -> None:
    assert set(documented()) == {*Reason, *Repair}


def test_every_documented_code_has_a_field_a_meaning_and_an_advice() -> None:
    assert [code for code, cells in documented().items() if len(cells) != 3 or not all(cells)] == []


def test_every_section_is_named_after_the_outcome_of_its_codes() -> None:
    sections = re.findall(r"^## (\w+): ", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert set(sections) == {
        Outcome.INVALID,
        Outcome.SUPPRESSED,
        Outcome.FAILED,
        Outcome.UNRESOLVED,
    }
