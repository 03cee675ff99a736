"""A column of countries that holds none stops the run once, before a row is used."""

from typing import Any

import pytest
from fixtures.run_in_memory import NO_SAMPLE, prepare_job

from cxone_async.errors import UnreadableInputError
from cxone_async.outcome import Reason
from cxone_async.prepare.preparer import Preparer


def content(*cells: str, header: str = "Country") -> bytes:
    lines = [f"+1202555{row % 10_000:04},a{row}@example.com,{cell}" for row, cell in
             enumerate(cells, start=1)]  # fmt: skip
    return "\n".join([f"Phone,Email,{header}", *lines, ""]).encode()


def prepared(data: bytes, block: int = 1 << 20, **settings: Any) -> list[str]:
    preparer = Preparer(prepare_job(dialect=None, **NO_SAMPLE, **settings))
    found = [preparer.feed(data[at : at + block]) for at in range(0, len(data), block)]
    return [one.reason for part in (*found, preparer.finish()) for one in part.decided]


@pytest.mark.slow
@pytest.mark.parametrize("code", ["1", "+1", "44", "+44", "0049", "353", "1.0", "011 49"])
@pytest.mark.parametrize("rows", [1, 7, 1000, 3000])
def test_dialling_codes_stop_the_run(code: str, rows: int) -> None:
    with pytest.raises(UnreadableInputError, match="'Country' holds dialling codes") as stopped:
        prepared(content(*[code] * rows))
    message = str(stopped.value)
    assert "row 1 of" in message if rows == 1 else "rows 1, 2, 3" in message
    assert "--map country=COLUMN" in message
    assert "--ignore-column 'Country'" in message


def test_dialling_codes_beside_empty_cells_stop_the_run() -> None:
    with pytest.raises(UnreadableInputError, match="rows 3, 6, 9 and 330 more of the first 1,000"):
        prepared(content(*["", "N/A", "+44"] * 500))


@pytest.mark.parametrize(
    "cell", ["Atlantis", "EU", "Bavaria", "xx", "Congo", "na", "ja", "true", "0", "99999"]
)
def test_a_column_that_is_unknown_in_most_rows_stops_the_run(cell: str) -> None:
    with pytest.raises(UnreadableInputError, match="names no known country in most rows"):
        prepared(content("US", "DE", *[cell] * 3))


def test_the_message_holds_no_cell() -> None:
    with pytest.raises(UnreadableInputError) as stopped:
        prepared(content(*["202-555-0143"] * 5))
    assert "555" not in str(stopped.value)


@pytest.mark.parametrize(
    ("cells", "invalid"),
    [
        (("US", "Atlantis"), 1),  # half is not more than half
        (("US", "1", "DE"), 1),
        (("",) * 5, 0),
        (("N/A",) * 5, 0),
        (("US",) * 600 + ("Atlantis",) * 900, 900),  # judged by the first thousand
    ],
)
def test_fewer_unknown_rows_are_invalid_one_by_one(cells: tuple[str, ...], invalid: int) -> None:
    assert prepared(content(*cells)).count(Reason.COUNTRY_UNKNOWN) == invalid


@pytest.mark.slow
@pytest.mark.parametrize("block", [100, 4_096, 1 << 20])
def test_the_judgement_does_not_depend_on_the_blocks(block: int) -> None:
    good = content(*["US"] * 500, *["Atlantis"] * 500, *["Atlantis"] * 500)
    assert prepared(good, block).count(Reason.COUNTRY_UNKNOWN) == 1000
    with pytest.raises(UnreadableInputError, match=r"rows 500, 501, 502 and 498 more"):
        prepared(content(*["US"] * 499, *["Atlantis"] * 501, *["US"] * 2000), block)


def test_the_way_out_works() -> None:
    data = content(*["+44"] * 5)
    assert prepared(data, ignore_column=("Country",)) == []


def test_without_a_column_of_countries_nothing_is_judged() -> None:
    assert prepared(content(*["+44"] * 5, header="Remarks")) == []
