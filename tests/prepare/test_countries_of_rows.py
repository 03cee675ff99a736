"""Each row of a block has its country beside it, so that a report can count by country."""

from collections.abc import Sequence

import pytest
from fixtures.run_in_memory import prepare_job

from cxone_async.contacts.country import COUNTRIES
from cxone_async.prepare.preparer import Preparer

LIST = b"""phone,email,country,first_name
+12025550101,ada@example.com,United States,Ada
020 7946 0018,bob@example.com,GB,Bob
12,x,DE,Cy
+12025550104,dan@example.com,Nowhere,Dan
+12025550105,eve@example.com
+12025550106,fay@example.com,,Fay
+12025550101,ada@example.com,US,Ada
"""


def countries_of(blocks: Sequence[bytes]) -> list[str]:
    preparer = Preparer(prepare_job())
    prepared = [*map(preparer.feed, blocks), preparer.finish()]
    assert all(len(block.countries) == block.rows for block in prepared)
    read = b"".join(block.countries for block in prepared)
    return [COUNTRIES[byte - 1] if byte else "" for byte in read]


@pytest.mark.parametrize("cut", [len(LIST), 1, 60])
def test_a_row_has_its_country_whatever_becomes_of_it(cut: int) -> None:
    blocks = [LIST[at : at + cut] for at in range(0, len(LIST), cut)]
    # row 4 names no country, and row 5 ends before its cell: it is that of rows without one
    assert countries_of(blocks) == ["US", "GB", "DE", "", "US", "US", "US"]


def test_a_row_that_cannot_be_read_has_no_country() -> None:
    assert countries_of([b"phone,email,country\n+12025550101,a@example.com,US,more,more\n"]) == [""]
