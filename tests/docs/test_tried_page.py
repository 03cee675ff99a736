"""docs/tried.md says what was tried, and each probe has a test that tries it again."""

import tried


def test_the_page_is_what_the_probes_say() -> None:
    assert tried.PAGE.read_text(encoding="utf-8") == tried.rendered(), "run `make docs`"


def test_every_probe_has_a_test_that_is_there() -> None:
    assert tried.missing_tests() == []


def test_no_probe_is_told_twice() -> None:
    found = [(probe.promise, probe.how) for probe in tried.probes()]
    assert sorted(set(found)) == sorted(found)


def test_a_cell_of_the_page_cannot_break_its_table() -> None:
    rows = [line for line in tried.rendered().splitlines() if line.startswith("| ")]
    assert len(rows) > 3
    assert {line.replace("\\|", "").count("|") for line in rows} == {4}
