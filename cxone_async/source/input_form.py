"""How an input is taken out of the file that it comes in."""

import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

DEFAULT_MAX_UNPACKED_BYTES: Final = 16 << 30
DEFAULT_MAX_UNPACKED_RATIO: Final = 250.0
"""CSV and the XML of workbooks shrink to a tenth or a fiftieth; a zip bomb to a thousandth."""
SMALL_BYTES: Final = 64 << 20
"""What is no larger than this when unpacked is no bomb, whatever the ratio."""


@dataclass(frozen=True, slots=True)
class InputForm:
    """What to read of a file that holds more than text, and how far it may be unpacked.

    `sheet` and `member` are "" for the only one. A file that unpacks to more than
    `max_unpacked_bytes`, or, from SMALL_BYTES on, to more than `max_unpacked_ratio` times its own
    size, is refused. `csv_flags` are the flags in use that say how a CSV is written: they suit no
    table of another format.
    """

    sheet: str = ""
    member: str = ""
    max_unpacked_bytes: int = DEFAULT_MAX_UNPACKED_BYTES
    max_unpacked_ratio: float = DEFAULT_MAX_UNPACKED_RATIO
    csv_flags: tuple[str, ...] = ()

    @classmethod
    def of_run(cls, settings: Mapping[str, str]) -> Self:
        """Return the form that a run's recorded settings name: it was unpacked within limits."""
        sheet, member = settings.get("sheet", ""), settings.get("member", "")
        return cls(sheet, member, sys.maxsize, math.inf)
