"""docs/metrics.md says what metric_families.py says; tests/monitoring sees that a run does too."""

import metrics
import pytest


def test_the_page_is_what_the_families_say() -> None:
    page = metrics.PAGE.read_text(encoding="utf-8")
    assert page == metrics.page(page), "run `make docs`"


@pytest.mark.parametrize(
    ("said", "changed"),
    [
        ("| gauge | `kind` | 1 while", "| counter | `kind` | 1 while"),
        ("| `kind`, `status` |", "| `kind` |"),
        ("Rows of the input that were read.", "Rows."),
        ("`normalising`, ", ""),
        ("20, 30, 60, 120", "20, 60, 120"),
    ],
)
def test_a_page_that_says_something_else_is_noticed(said: str, changed: str) -> None:
    page = metrics.PAGE.read_text(encoding="utf-8")
    edited = page.replace(said, changed)
    assert edited != page
    assert metrics.page(edited) == page
