"""What was wrong with one field of a row.

Guarantee: a fault is data, not an exception: a bad cell is an everyday event, and the
row's end is decided in one place (`normalise`). It names the field and the trouble and
never carries the value, so it may be printed and logged as it is.
"""

import msgspec

from cxone_async.outcome import Reason


class Fault(msgspec.Struct, frozen=True, gc=False):
    """Why a field cannot be used: the stable code, and one line for a person to read."""

    reason: Reason
    detail: str
