"""How a run went over time, in steps of equal length. Plain counts."""

import msgspec


class Timeline(msgspec.Struct, frozen=True, kw_only=True):
    """What happened in each step of `seconds_each`; the last step may be shorter.

    `requests` counts the requests whose answer came, or did not, in the step; `throttled` those
    that were answered 429. `imported` counts the rows that CXone confirmed, `paused_s` the seconds
    for which all requests were held. `is_resumed` says that the run had earlier starts, which are
    not shown.
    """

    seconds_each: int
    requests: tuple[int, ...]
    throttled: tuple[int, ...]
    imported: tuple[int, ...]
    paused_s: tuple[float, ...]
    is_resumed: bool = False
