"""The geometry of the report's pictures: counts in, numbers for SVG out.

A picture has no text in it: its words stand beside it in HTML, so that they can be read at any
width. Pure.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from cxone_async.outcome import LEDGER_RULE, TENANT_RULE, Outcome
from cxone_async.report.reconciliation import Reconciliation
from cxone_async.report.rows_in_view import AlongFile, OfCountry
from cxone_async.report.timeline import Timeline

FLOW_WIDTH: Final = 1000
SLOT: Final = 54
"""The height of an end's words, in pixels: ends are at least so far apart."""
_NODE_WIDTH = 14
_NARROWEST = 3.0
_THICKEST = 150.0
"""The height of the whole list, in pixels."""
_COUNTRIES_SHOWN = 12
_DAMAGED_SHARE = 0.25
_DAMAGED_TIMES = 4.0

DRAWING_ORDER: Final = (
    Outcome.IMPORTED,
    Outcome.READY,
    Outcome.DUPLICATE,
    Outcome.SUPPRESSED,
    Outcome.INVALID,
    Outcome.FAILED,
    Outcome.UNRESOLVED,
)
NOT_GONE_IN: Final = (
    Outcome.INVALID,
    Outcome.FAILED,
    Outcome.UNRESOLVED,
    Outcome.SUPPRESSED,
    Outcome.DUPLICATE,
)
REJECTED: Final = (Outcome.INVALID, Outcome.FAILED, Outcome.UNRESOLVED)


class FlowEnd(NamedTuple):
    """An end of the flow: where its words stand (pixels from the top), and what they say."""

    outcome: Outcome
    words: str
    rows: int
    top: float


class FlowBand(NamedTuple):
    """A band of the flow, as the data of an SVG path."""

    outcome: str
    path: str


class Flow(NamedTuple):
    """The whole picture; `height` in pixels, `sent` is None where nothing can have been sent."""

    height: float
    bands: tuple[FlowBand, ...]
    ends: tuple[FlowEnd, ...]
    sent: int | None


class _End(NamedTuple):
    outcome: Outcome
    words: str
    rows: int
    was_sent: bool


def flow(result: Reconciliation) -> Flow:
    """Lay out the way of the rows: read, sent, and how they ended."""
    ends = [end for end in _ends(result) if end.rows]
    total = sum(end.rows for end in ends) or 1
    thickness = [max(end.rows / total * _THICKEST, _NARROWEST) for end in ends]
    sent = sum(end.rows for end in ends if end.was_sent)
    is_import = result.run.command == "import"
    middle, right = FLOW_WIDTH * 0.45, FLOW_WIDTH - _NODE_WIDTH
    bands: list[FlowBand] = []
    shown: list[FlowEnd] = []
    start_y = end_y = 0.0
    for end, thick in zip(ends, thickness, strict=True):
        slot = max(thick, SLOT)
        target = end_y + (slot - thick) / 2
        if is_import and end.was_sent:  # through the middle, where the sent rows are one block
            bands.append(_band(end.outcome, (0.0, start_y), (middle, start_y), thick))
            bands.append(_band(end.outcome, (middle, start_y), (right, target), thick))
        else:
            bands.append(_band(end.outcome, (0.0, start_y), (right, target), thick))
        bands.append(
            FlowBand(end.outcome, _box(right, target, _NODE_WIDTH, thick))  # the end itself
        )
        shown.append(FlowEnd(end.outcome, end.words, end.rows, end_y + (slot - SLOT) / 2))
        start_y += thick
        end_y += slot + 4
    bands.append(FlowBand("read", _box(0, 0, _NODE_WIDTH, start_y)))
    if is_import and sent:
        thick = sum(t for end, t in zip(ends, thickness, strict=True) if end.was_sent)
        bands.append(FlowBand("sent", _box(middle, 0, _NODE_WIDTH, thick)))
    return Flow(max(end_y - 4, start_y), tuple(bands), tuple(shown), sent if is_import else None)


def _ends(result: Reconciliation) -> list[_End]:
    """Return the ends, those that were sent first."""
    known = result.duplicates_by_rule.get(TENANT_RULE, 0)
    before = result.duplicates_by_rule.get(LEDGER_RULE, 0)
    missing = result.not_segmented
    imported = result.successfully_imported
    into = ", in the segment" if result.run.segment_id else ""
    return [
        _End(Outcome.IMPORTED, f"imported{into}", imported - missing, was_sent=True),
        _End(Outcome.IMPORTED, "imported, not in the segment", missing, was_sent=True),
        _End(Outcome.DUPLICATE, "on the list already", known, was_sent=True),
        _End(Outcome.FAILED, "failed", result.failed_after_retries, was_sent=True),
        _End(Outcome.UNRESOLVED, "unresolved", result.unresolved, was_sent=True),
        _End(Outcome.READY, "ready", result.ready, was_sent=False),
        _End(
            Outcome.DUPLICATE,
            "duplicates",
            result.fuzzy_deduplicated - known - before,
            was_sent=False,
        ),
        _End(Outcome.DUPLICATE, "sent by earlier runs", before, was_sent=False),
        _End(Outcome.SUPPRESSED, "suppressed", result.suppressed, was_sent=False),
        _End(Outcome.INVALID, "invalid", result.invalid, was_sent=False),
    ]


def _box(x: float, y: float, width: float, height: float) -> str:
    return f"M{x:.0f} {y:.1f}h{width:.0f}v{height:.1f}h{-width:.0f}z"


def _band(
    outcome: Outcome, start: tuple[float, float], end: tuple[float, float], thick: float
) -> FlowBand:
    (x0, y0), (x1, y1) = start, end
    bend = (x0 + x1) / 2
    return FlowBand(
        outcome,
        f"M{x0:.0f} {y0:.1f}C{bend:.0f} {y0:.1f} {bend:.0f} {y1:.1f} {x1:.0f} {y1:.1f}"
        f"v{thick:.1f}C{bend:.0f} {y1 + thick:.1f} {bend:.0f} {y0 + thick:.1f} "
        f"{x0:.0f} {y0 + thick:.1f}z",
    )


class Layer(NamedTuple):
    """Bars of one kind in one path; `kind` is an outcome or a name of the style sheet."""

    kind: str
    path: str


class Bars(NamedTuple):
    """Bars side by side, `width` units wide and 100 high; `highest` is what 100 stands for."""

    width: int
    highest: float
    layers: tuple[Layer, ...]


def stacked_bars(kinds: Sequence[tuple[str, Sequence[float]]], *, highest: float = 0.0) -> Bars:
    """Stack the values of each kind, in their order, from the bottom up.

    All have the same length. `highest` is at least what the highest bar reaches.
    """
    width = len(kinds[0][1]) if kinds else 0
    heights = [sum(values[at] for _, values in kinds) for at in range(width)]
    highest = max([highest, *heights])
    scale = 100.0 / highest if highest else 0.0
    base = [0.0] * width
    layers = []
    for kind, values in kinds:
        boxes = []
        for at, value in enumerate(values):
            if value:
                height = max(value * scale, 0.8)
                top = 100.0 - base[at] * scale - height
                boxes.append(f"M{at}.06 {top:.2f}h.88v{height:.2f}h-.88z")
                base[at] += value
        layers.append(Layer(kind, "".join(boxes)))
    return Bars(width, highest, tuple(layers))


def rows_of_stretch(along: AlongFile, index: int, total_input: int) -> tuple[int, int]:
    """Return the first and the last row of a stretch."""
    first = index * along.rows_each + 1
    return first, min(first + along.rows_each - 1, total_input)


def bars_along(along: AlongFile, total_input: int) -> Bars:
    """Draw which share of each stretch did not go in; 100 is at least a tenth of a stretch."""
    kinds: list[tuple[str, Sequence[float]]] = []
    for outcome in NOT_GONE_IN:
        if counts := along.counts.get(outcome):
            shares = []
            for index, rows in enumerate(counts):
                first, last = rows_of_stretch(along, index, total_input)
                shares.append(rows / (last - first + 1))
            kinds.append((outcome, shares))
    return stacked_bars(kinds, highest=0.1)


class Damage(NamedTuple):
    """A stretch of the file, from row `first` to `last`, in which far more rows are rejected.

    It holds `rows` of the `of_rows` that were rejected in the whole file.
    """

    first: int
    last: int
    rows: int
    of_rows: int


def damaged_stretch(along: AlongFile, total_input: int) -> Damage | None:
    """Find a stretch of the file that holds at least half of what was rejected.

    Its parts reject a quarter of their rows or more, and four times what is usual in the file.
    """
    stretches = [sum(each) for each in zip(*_rejected(along), strict=True)]
    spans = [rows_of_stretch(along, at, total_input) for at in range(len(stretches))]
    shares = [
        rows / (last - first + 1) for rows, (first, last) in zip(stretches, spans, strict=True)
    ]
    if not shares:
        return None
    usual = sorted(shares)[len(shares) // 2]
    is_bad = [share >= max(_DAMAGED_SHARE, _DAMAGED_TIMES * usual) for share in shares]
    best: Damage | None = None
    at, total = 0, sum(stretches)
    while at < len(is_bad):
        end = at
        while end < len(is_bad) and is_bad[end]:
            end += 1
        rows = sum(stretches[at:end])
        if end > at and (best is None or rows > best.rows):
            best = Damage(spans[at][0], spans[end - 1][1], rows, total)
        at = max(end, at + 1)
    return best if best is not None and 2 * best.rows >= total else None


def _rejected(along: AlongFile) -> list[tuple[int, ...]]:
    return [along.counts[outcome] for outcome in REJECTED if outcome in along.counts]


class TimePicture(NamedTuple):
    """Two rows of bars over the same seconds, and the pauses behind both.

    `quota_at` is the height of the quota among the requests, from the top; None outside of it.
    """

    imported: Bars
    requests: Bars
    pauses: str
    quota_at: float | None


def over_time(timeline: Timeline, per_minute: int) -> TimePicture:
    """Draw a run over time; `per_minute` is its quota, 0 for none."""
    answered = [
        made - throttled
        for made, throttled in zip(timeline.requests, timeline.throttled, strict=True)
    ]
    quota = per_minute * timeline.seconds_each / 60.0
    requests = stacked_bars([("request", answered), ("throttled", timeline.throttled)])
    pauses = "".join(
        f"M{at} 0h{min(paused / timeline.seconds_each, 1.0):.2f}v100H{at}z"
        for at, paused in enumerate(timeline.paused_s)
        if paused
    )
    at = 100.0 - quota / requests.highest * 100.0 if requests.highest and quota else -1.0
    return TimePicture(
        stacked_bars([("imported", timeline.imported)]),
        requests,
        pauses,
        at if 0.0 <= at <= 100.0 else None,
    )


class CountryLine(NamedTuple):
    """A country's rows: all, those that went in, and its bar, in parts of the largest's 100."""

    country: str
    rows: int
    went_in: int
    parts: tuple[tuple[str, float], ...]


def country_lines(countries: Sequence[OfCountry]) -> list[CountryLine]:
    """Return the largest countries, and the others as one."""
    shown = [(one.country or "not known", one.counts) for one in countries[:_COUNTRIES_SHOWN]]
    if others := countries[_COUNTRIES_SHOWN:]:
        sums = {outcome: sum(one.counts.get(outcome, 0) for one in others) for outcome in Outcome}
        shown.append((f"{len(others)} others", sums))
    most = max((sum(counts.values()) for _, counts in shown), default=0) or 1
    return [
        CountryLine(country, sum(counts.values()), _went_in(counts), _parts(counts, most))
        for country, counts in shown
    ]


def _went_in(counts: Mapping[Outcome, int]) -> int:
    return counts.get(Outcome.IMPORTED, 0) + counts.get(Outcome.READY, 0)


def _parts(counts: Mapping[Outcome, int], most: int) -> tuple[tuple[str, float], ...]:
    return tuple(
        (outcome, counts[outcome] / most * 100.0)
        for outcome in DRAWING_ORDER
        if counts.get(outcome)
    )
