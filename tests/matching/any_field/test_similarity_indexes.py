"""Both indexes against comparing with all strings in order."""

import random
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle
from threading import get_ident

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.fuzz import token_sort_ratio
from rapidfuzz.process import cdist

from cxone_async.contacts.model import Contact
from cxone_async.matching.any_field import matcher as any_field
from cxone_async.matching.any_field.matcher import AnyFieldMatcher, email_key, phone_key
from cxone_async.matching.any_field.signature_index import SignatureIndex
from cxone_async.matching.any_field.signature_scan import propose
from cxone_async.matching.any_field.similarity_index import SimilarityIndex

pytestmark = pytest.mark.slow

THRESHOLDS = (
    *(50, 55.5, 60, 66.7, 70, 75, 78.26, 80, 82.5, 84.2, 85, 86.4, 88, 90, 90.9, 92.3, 95),
    *(97.5, 100),
)
STRINGS_PER_THRESHOLD = 2_700  # times 19 thresholds and two kinds: more than 100,000
BLOCK = 500


class Changing:
    """Starts in Python and goes on compiled, as the matcher does when keys become many."""

    def __init__(self, threshold):
        self._threshold = threshold
        self._index: SimilarityIndex | SignatureIndex = SimilarityIndex(threshold)

    def find_or_add(self, strings, rows):
        if isinstance(self._index, SimilarityIndex) and len(self._index) >= 40:
            self._index = SignatureIndex(self._threshold, list(self._index))
        return self._index.find_or_add(strings, rows)


class Compiled(SignatureIndex):
    """Has seen no string that its signature could be made for."""

    def __init__(self, threshold):
        super().__init__(threshold, [])


INDEXES = (SimilarityIndex, Changing, Compiled)

each = pytest.mark.parametrize("index_class", INDEXES)


@pytest.fixture(params=["phone", "email"])
def drawn_keys(request, drawn_phone, drawn_email, changed):
    """`drawn_keys(count, draw)`: keys as the matcher makes them of raw values, 30 % alike."""
    drawn, key = {"phone": (drawn_phone, phone_key), "email": (drawn_email, email_key)}[
        request.param
    ]

    def draw_keys(count, draw):
        made: list[str] = []
        while len(made) < count:
            value = (
                changed(draw.choice(made), draw) if made and draw.random() < 0.3 else drawn(draw)
            )
            if key(value):
                made.append(value)
        return list(map(key, made))

    return draw_keys


def _found(index, strings):
    """Return what an index names for each string, asked in pieces of several sizes."""
    found: list[tuple[int, float] | None] = []
    sizes = cycle((1, 150, 3, 64, 17))
    while len(found) < len(strings):
        piece = range(len(found), min(len(found) + next(sizes), len(strings)))
        found += index.find_or_add([strings[at] for at in piece], [at + 1 for at in piece])
    return found


def _one(index, string):
    return index.find_or_add([string], [99_999])[0]


def _scanned(strings, threshold):
    """Return what comparing all strings in order finds for each, by rapidfuzz alone.

    Rows are 1, 2, 3…; a string that is found is not added. Blocks are scored at once, because
    rapidfuzz sorts the words of all strings anew for each call.
    """
    found: list[tuple[int, float] | None] = []
    for first in range(0, len(strings), BLOCK):
        block = strings[first : first + BLOCK]
        # The cut-off leaves room for rounding; the score itself is compared below.
        scores = cdist(
            block,
            strings[: first + len(block)],
            scorer=token_sort_ratio,
            score_cutoff=max(0, threshold - 0.01),
            dtype=np.float64,
        )
        for at, query in enumerate(block):
            alike = np.flatnonzero(scores[at, : first + at] >= threshold).tolist()
            kept = (place for place in alike if found[place] is None)
            place = next(kept, None)
            found.append(
                None if place is None else (place + 1, token_sort_ratio(query, strings[place]))
            )
    return found


@pytest.mark.parametrize("threshold", THRESHOLDS)
def test_the_row_and_the_score_found_are_the_scans(threshold, drawn_keys):
    strings = drawn_keys(STRINGS_PER_THRESHOLD, random.Random(f"keys for {threshold}"))
    scanned = _scanned(strings, threshold)
    for index_class in INDEXES:
        assert _found(index_class(threshold), strings) == scanned
    assert None in scanned
    assert any(scanned)


def test_threads_from_outside_change_nothing(drawn_keys):
    strings = drawn_keys(3_000, random.Random("threads"))
    alone = _found(SignatureIndex(85, []), strings)
    with ThreadPoolExecutor(2) as threads:
        in_threads = SignatureIndex(85, [], threads.map)
        assert _found(in_threads, strings) == alone
    assert any(alone)


def test_without_a_map_from_outside_everything_runs_in_the_calling_thread(drawn_keys):
    callers = set()

    class Index(SignatureIndex):
        def _candidates_of(self, numbers):
            callers.add(get_ident())
            return super()._candidates_of(numbers)

    Index(85, []).find_or_add(drawn_keys(500, random.Random(1)), list(range(500)))
    assert callers == {get_ident()}


@each
@pytest.mark.parametrize("length", [64, 65, 128, 129, 150])
def test_long_strings_are_found_among_short_ones(index_class, length, changed):
    draw = random.Random(length)
    strings = [
        "".join(draw.choices("abcdef1", k=length + draw.randrange(-9, 9))) for _ in range(150)
    ]
    strings += [changed(draw.choice(strings), draw) for _ in range(150)]
    draw.shuffle(strings)
    found = _found(index_class(85), strings)
    assert found == _scanned(strings, 85)
    assert any(found)


@each
def test_of_a_thousand_likely_strings_the_one_that_is_like_enough_is_found(index_class):
    """Long anagrams have one signature: all are likely, and few are alike."""
    index = index_class(95)
    draw = random.Random(3)
    letters = list("abcdefghij" * 9)
    anagrams = ["".join(draw.sample(letters, 90)) for _ in range(1_000)]
    assert not any(_found(index, anagrams))
    assert _one(index, anagrams[-1][:-1])[0] == 1_000
    together = [anagram[1:] for anagram in anagrams[:64]]
    assert [row for row, _ in index.find_or_add(together, [9_999] * 64)] == list(range(1, 65))
    new = ["".join(draw.sample(letters, 90)) for _ in range(32)]
    found = index.find_or_add([s for one in new for s in (one, one[1:])], range(1_001, 1_065))
    assert found[::2] == [None] * 32
    assert [row for row, _ in found[1::2]] == list(range(1_001, 1_065, 2))


@each
@pytest.mark.parametrize("form", ["{0}{1}", "{0}.{1}@example.com"])
def test_strings_are_found_after_their_blocks_were_full(index_class, form):
    draw = random.Random(11)
    digits = [f"{draw.randrange(10**15):015}" for _ in range(9_000)]
    strings = [form.format(value[:4], value[4:]) for value in digits]
    index = index_class(95)
    found = _found(index, strings)
    for row in (1, 64, 65, 4_096, 4_097, 8_193, 9_000):
        if found[row - 1] is None:
            assert _one(index, "9" + strings[row - 1])[0] == row


@each
def test_characters_that_a_byte_cannot_tell_apart_are_told_apart(index_class):
    """U+00E1 and U+0161 agree in their low seven bits."""
    index = index_class(85)
    assert not any(_found(index, ["\u00e1" * 9, "\u0161" * 9]))
    assert _one(index, "\u0161" * 8)[0] == 2


@each
def test_a_lone_surrogate_is_a_character_like_any_other(index_class):
    index = index_class(85)
    assert not any(_found(index, ["ada\udc80abbott@example.com"]))
    assert _one(index, "ada\udc80abbot@example.com")[0] == 1


@each
def test_of_strings_asked_for_together_each_is_compared_with_those_before_it(index_class):
    index = index_class(85)
    alike = ["ada.abbott@example.com", "ada.abbot@example.com", "bob@example.org"]
    assert index.find_or_add([*alike, alike[0]], [7, 8, 9, 10]) == [
        None,
        (7, pytest.approx(97.67, abs=0.01)),
        None,
        (7, 100.0),
    ]


@each
def test_what_only_rounding_could_make_alike_hides_nothing(index_class):
    index = index_class(0.00001)
    assert [_one(index, string_) for string_ in ("@", "1", "11")] == [
        None,
        None,
        (99_999, pytest.approx(66.67, abs=0.01)),
    ]


@each
def test_strings_of_zero_bytes_are_not_taken_for_room_that_is_left(index_class):
    index = index_class(85)
    assert not any(_found(index, ["abcdefghi", "\0" * 10]))
    assert _one(index, "\0" * 9)[0] == 2


@each
def test_nothing_comes_of_nothing(index_class):
    assert index_class(85).find_or_add([], []) == []


@each
@settings(max_examples=150, deadline=None)
@given(
    strings=st.lists(
        st.text(alphabet="ab1 @\u00e1\u0161", min_size=1, max_size=9).map(str.strip).filter(bool),
        max_size=60,
    ),
    threshold=st.floats(0, 100),
)
def test_short_alike_strings_at_any_threshold(index_class, strings, threshold):
    assert _found(index_class(threshold), strings) == _scanned(strings, threshold)


def _contact(row, raw_phone):
    return Contact(row, "", "", "", "", "", "", raw_phone, "")


def _decisions(phones):
    matcher = AnyFieldMatcher(90)
    inputs = [matcher.standardise(_contact(row, phone)) for row, phone in enumerate(phones, 1)]
    return [
        decision
        for first in range(0, len(inputs), 1_000)
        for decision in matcher.decide_all(inputs[first : first + 1_000])
    ]


@pytest.fixture
def without_numba(monkeypatch):
    monkeypatch.setitem(sys.modules, "numba", None)
    for module in (SignatureIndex.__module__, propose.__module__):
        monkeypatch.delitem(sys.modules, module)


def test_with_many_keys_every_decision_is_what_it_is_without_the_extra(request, changed):
    draw = random.Random(5)
    phones = [f"{draw.randrange(10**9):09}" for _ in range(any_field.MANY_KEYS + 2_000)]
    phones[-500:] = [changed(draw.choice(phones), draw) for _ in range(500)]
    compiled = _decisions(phones)
    request.getfixturevalue("without_numba")
    assert compiled == _decisions(phones)
    assert SignatureIndex.__module__ not in sys.modules
