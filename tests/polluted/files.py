"""All polluted files of one seed, in the groups of the taxonomy.

The groups are those of Pollock (Vitagliano and others, "Pollock: A Data Loading Benchmark", VLDB
2023); the files are our own. Pure: the same arguments give the same bytes.
"""

import random
from collections.abc import Iterator

from polluted.delimiters import delimiters
from polluted.quotes import escapes, quotes
from polluted.records import ends, lengths, sizes
from polluted.table import WIDE, Paper, PollutedFile
from polluted.texts import encodings, headers

MANY_ROWS = 200_000


def polluted_files(
    seed: int, columns: tuple[str, ...] = WIDE, *, rows: int = 24, large_rows: int = 3000
) -> Iterator[PollutedFile]:
    """Make every polluted file once: most of `rows` rows, some of `large_rows`."""
    for group in (delimiters, quotes, escapes, lengths, ends, encodings, headers):
        yield from group(Paper(random.Random(f"{seed} {group.__name__}"), columns, rows))
    yield from sizes(Paper(random.Random(f"{seed} sizes"), columns, rows), large_rows)
