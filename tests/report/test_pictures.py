"""The geometry of the report's pictures."""

import re
from itertools import pairwise

import pytest
from fixtures.report_states import STATES, amber, green, result_of, spread
from hypothesis import given
from hypothesis import strategies as st

from cxone_async.outcome import Outcome
from cxone_async.report.pictures import (
    FLOW_WIDTH,
    SLOT,
    Damage,
    bars_along,
    country_lines,
    damaged_stretch,
    flow,
    over_time,
    rows_of_stretch,
    stacked_bars,
)
from cxone_async.report.rows_in_view import AlongFile, OfCountry
from cxone_async.report.timeline import Timeline

IMPORTED, INVALID, DUPLICATE = Outcome.IMPORTED, Outcome.INVALID, Outcome.DUPLICATE


def thickness(path):
    """The height of a band or box, from its only vertical line."""
    (found,) = re.findall(r"v(\d+\.\d)", path)
    return float(found)


counts = st.dictionaries(st.sampled_from(Outcome), st.integers(0, 10**9))


@given(counts)
def test_the_flow_shows_every_row_at_an_end_and_no_words_cover_others(rows):
    drawn = flow(result_of(rows))
    assert sum(end.rows for end in drawn.ends) == sum(rows.values())
    assert {end.outcome for end in drawn.ends} == {one for one, count in rows.items() if count}
    tops = [end.top for end in drawn.ends]
    assert all(below - above >= SLOT for above, below in pairwise(tops))
    assert not tops or tops[-1] + SLOT <= drawn.height + 0.01
    assert all(thickness(band.path) >= 3.0 for band in drawn.bands if drawn.ends)


def test_bands_are_as_thick_as_their_rows_are_many():
    drawn = flow(result_of({IMPORTED: 750, INVALID: 250}, segmented=750))
    curved = [band for band in drawn.bands if "C" in band.path]
    assert [(one.outcome, thickness(one.path)) for one in curved] == [
        ("imported", 112.5),
        ("imported", 112.5),
        ("invalid", 37.5),
    ]
    sent = next(band for band in drawn.bands if band.outcome == "sent")
    assert thickness(sent.path) == 112.5
    read = next(band for band in drawn.bands if band.outcome == "read")
    assert (thickness(read.path), drawn.sent) == (150.0, 750)
    assert curved[-1].path.startswith("M0 112.5C")
    assert f" {FLOW_WIDTH - 14} " in curved[-1].path


def test_rows_known_to_the_tenant_were_sent_and_those_outside_the_segment_are_told_apart():
    drawn = flow(amber())
    assert drawn.sent == 9_980 + 60 + 60 + 20
    assert [(end.words, end.rows) for end in drawn.ends] == [
        ("imported, in the segment", 9_940),
        ("imported, not in the segment", 40),
        ("on the list already", 60),
        ("failed", 60),
        ("unresolved", 20),
        ("duplicates", 240),
        ("suppressed", 60),
        ("invalid", 1_580),
    ]


def test_a_plan_has_sent_nothing():
    drawn = flow(STATES["planned"]())
    assert drawn.sent is None
    assert "sent" not in {band.outcome for band in drawn.bands}
    assert flow(STATES["interrupted"]()).ends[0].words == "imported"


def test_without_rows_the_flow_has_no_ends():
    assert flow(result_of({})).ends == ()


def test_bars_stand_on_each_other_and_the_highest_fills_the_picture():
    bars = stacked_bars([("invalid", (1, 0)), ("failed", (3, 2))])
    assert (bars.width, bars.highest) == (2, 4)
    assert bars.layers[0].path == "M0.06 75.00h.88v25.00h-.88z"
    assert bars.layers[1].path == "M0.06 0.00h.88v75.00h-.88zM1.06 50.00h.88v50.00h-.88z"


def test_a_little_can_be_seen_beside_much_and_nothing_has_no_bars():
    assert "v0.80h" in stacked_bars([("invalid", (1, 10**6))]).layers[0].path
    assert stacked_bars([]).layers == ()
    assert stacked_bars([("invalid", (0, 0))]).layers[0].path == ""


def test_the_last_stretch_ends_with_the_file():
    along = AlongFile(10, {INVALID: (1, 1, 1)})
    assert [rows_of_stretch(along, at, 25) for at in range(3)] == [(1, 10), (11, 20), (21, 25)]
    bars = bars_along(along, 25)
    assert bars.highest == pytest.approx(0.2)  # 1 of the last 5 rows
    assert bars_along(AlongFile(100, {INVALID: (1,)}), 100).highest == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("invalid", "found"),
    [
        ((0,) * 4 + (9, 10) + (0,) * 4, Damage(41, 60, 19, 19)),
        ((1,) * 4 + (9, 9) + (1,) * 4, Damage(41, 60, 18, 26)),
        ((9, 0, 0, 0, 0, 0, 0, 0, 9, 9), Damage(81, 100, 18, 27)),
        ((9, 9, 0, 0, 0, 0, 0, 0, 0, 9), Damage(1, 20, 18, 27)),
        ((5,) * 10, None),  # all of it alike
        ((2,) + (0,) * 9, None),  # too few of its rows
        ((3, 0, 3, 0, 3, 0, 0, 0, 0, 0), None),  # none holds half of them
        ((0,) * 10, None),
    ],
)
def test_a_damaged_stretch_is_found_only_where_one_stands_out(invalid, found):
    assert damaged_stretch(AlongFile(10, {INVALID: invalid}), 100) == found


def test_duplicates_are_no_damage():
    assert damaged_stretch(AlongFile(10, {DUPLICATE: (10, 0, 0, 0)}), 40) is None
    damage = damaged_stretch(amber().along_file, 12_000)  # type: ignore[arg-type]
    assert damage is not None
    assert (damage.first, damage.last) == (4_501, 5_700)


def test_pauses_lie_where_requests_were_held_and_the_quota_at_its_height():
    line = Timeline(
        seconds_each=2,
        requests=(4, 0, 8),
        throttled=(0, 0, 2),
        imported=(50, 0, 100),
        paused_s=(0.0, 1.5, 9.0),
    )
    drawn = over_time(line, 120)
    assert drawn.pauses == "M1 0h0.75v100H1zM2 0h1.00v100H2z"
    assert drawn.quota_at == pytest.approx(50.0)  # 4 in 2 s, of at most 8
    assert [layer.kind for layer in drawn.requests.layers] == ["request", "throttled"]
    assert drawn.requests.highest == 8
    assert drawn.imported.highest == 100
    assert over_time(line, 0).quota_at is None
    assert over_time(line, 6_000).quota_at is None


def test_countries_are_measured_by_the_largest_and_the_small_ones_are_summed():
    countries = [OfCountry(f"C{number}", {IMPORTED: 40, INVALID: 60}) for number in range(12)]
    lines = country_lines([*countries, OfCountry("", {INVALID: 1}), OfCountry("XX", {IMPORTED: 2})])
    assert len(lines) == 13
    assert lines[0][:3] == ("C0", 100, 40)
    assert lines[0].parts == (("imported", 40.0), ("invalid", 60.0))
    assert lines[-1][:3] == ("2 others", 3, 2)
    assert country_lines([OfCountry("", {INVALID: 1})])[0].country == "not known"
    assert country_lines(()) == []


def test_the_states_are_spread_over_the_whole_file():
    along = green().along_file
    assert along is not None
    assert {sum(values) for values in along.counts.values()} == {12_160, 200, 40}
    assert spread(5, 2) == (3, 2)
