"""One suite for the ledger in SQLite and its twin in memory."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ledger.conftest import DAY_S, OF_ACME, contact, imported, keys_of, noted, run, settled

from cxone_async.errors import ConfigurationError
from cxone_async.journal.events import JournalLossAccepted, RunFinished
from cxone_async.journal.lifecycle import Bounced, Intended, RowAttempt, SettledAs
from cxone_async.ledger.known_people import SqliteKnownPeople
from cxone_async.ledger.port import KnownPeople, KnownPeopleAt, KnownPerson, Ledger, WhoAsks
from cxone_async.ledger.store import MOST_PEOPLE_OF_A_KEY, SqliteLedger
from cxone_async.matching.corroborated.matcher import CorroboratedMatcher
from cxone_async.testing import InMemoryLedger

ADA = ("12025550101", "ada@example.com")
BEA = ("12025550102", "bea@example.com")

Known = Callable[[int, int], KnownPeople]


class Made:
    """A ledger, and what a run with a number finds in it."""

    def __init__(self, ledger: Ledger, known: Known) -> None:
        self.ledger = ledger
        self._known = known

    def found(self, number: int, *keys: int, since_s: int = 0) -> list[KnownPerson]:
        """Return whom the run with this number finds under some keys."""
        known = self._known(number, since_s)
        try:
            ids = {one for people in known.find(keys).values() for one in people}
            people = known.people(ids)
            return [people[one] for one in sorted(people)]
        finally:
            known.close()

    def frequencies(self, number: int) -> bytes:
        """Return what was counted of all people when the run began."""
        known = self._known(number, 0)
        try:
            return known.frequencies
        finally:
            known.close()


@pytest.fixture(params=["sqlite", "in-memory"])
def made(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Made]:
    if request.param == "in-memory":
        twin = InMemoryLedger(OF_ACME)
        yield Made(twin, twin.known_people)
        return
    path = tmp_path / "ledger.db"
    ledger = SqliteLedger.open(path, OF_ACME, "ledger-1")
    yield Made(
        ledger,
        lambda number, since_s: SqliteKnownPeople(
            KnownPeopleAt(str(path), OF_ACME, number, since_s)
        ),
    )
    ledger.close()


def nothing_told(_run: object) -> None:
    return None


def test_who_was_imported_is_found_by_the_next_run_under_each_of_the_keys(made: Made) -> None:
    first = made.ledger.begin(run("monday"), nothing_told)
    made.ledger.note([noted(7, *ADA), noted(8, *BEA, "Bea", "Berg")])
    made.ledger.end(first, imported([7, 8]))
    second = made.ledger.begin(run("tuesday"), nothing_told)

    by_phone = made.found(second.number, *keys_of(phone=ADA[0]))
    by_email = made.found(second.number, *keys_of(email=ADA[1]))

    assert [(one.run, one.row) for one in by_phone] == [("monday", 7)]
    assert by_phone == by_email
    assert (
        CorroboratedMatcher.from_ledger(1, by_phone[0].values).contact
        == CorroboratedMatcher.standardise(contact(1, *ADA)).contact
    )


def test_a_run_does_not_find_its_own_people_before_or_after_it_ended(made: Made) -> None:
    place = made.ledger.begin(run("monday"), nothing_told)
    made.ledger.note([noted(7, *ADA)])
    assert not made.found(place.number, *keys_of(*ADA))
    made.ledger.end(place, imported([7]))
    assert not made.found(place.number, *keys_of(*ADA))


@pytest.mark.parametrize(
    ("settled_as", "is_found"),
    [
        (SettledAs.IMPORTED, True),
        (SettledAs.DUPLICATE, True),
        (SettledAs.UNRESOLVED, True),
        (SettledAs.FAILED, False),
        (SettledAs.RETRY, False),
        (SettledAs.SPLIT, False),
    ],
)
def test_who_was_or_may_have_been_taken_is_found_and_nobody_else(
    made: Made, settled_as: SettledAs, is_found: bool
) -> None:
    place = made.ledger.begin(run("monday"), nothing_told)
    made.ledger.note([noted(7, *ADA)])
    made.ledger.end(place, settled((7, settled_as)))
    later = made.ledger.begin(run("tuesday"), nothing_told)
    assert bool(made.found(later.number, *keys_of(*ADA))) is is_found


def test_a_row_that_was_noted_but_is_in_no_submission_of_the_journal_is_not_found(
    made: Made,
) -> None:
    place = made.ledger.begin(run("monday"), nothing_told)
    made.ledger.note([noted(7, *ADA), noted(8, *BEA)])
    made.ledger.end(place, imported([8]))
    later = made.ledger.begin(run("tuesday"), nothing_told)
    assert not made.found(later.number, *keys_of(*ADA))
    assert made.found(later.number, *keys_of(*BEA))


def test_a_submission_without_an_answer_counts_and_one_that_bounced_does_not(made: Made) -> None:
    place = made.ledger.begin(run("monday"), nothing_told)
    made.ledger.note([noted(7, *ADA), noted(8, *BEA)])
    made.ledger.end(
        place,
        [
            Intended("chunk-1", (RowAttempt(7, 1),)),
            Intended("chunk-2", (RowAttempt(8, 1),)),
            Bounced("chunk-2"),
        ],
    )
    later = made.ledger.begin(run("tuesday"), nothing_told)
    assert made.found(later.number, *keys_of(*ADA))
    assert not made.found(later.number, *keys_of(*BEA))


def test_rows_that_a_journal_may_have_lost_count(made: Made) -> None:
    place = made.ledger.begin(run("monday"), nothing_told)
    made.ledger.note([noted(7, *ADA), noted(9, *BEA)])
    made.ledger.end(place, [JournalLossAccepted(submissions=2, highest_row=8)])
    later = made.ledger.begin(run("tuesday"), nothing_told)
    assert made.found(later.number, *keys_of(*ADA))
    assert not made.found(later.number, *keys_of(*BEA))


def test_a_run_that_did_not_end_is_ended_by_its_journal_before_the_next_begins(made: Made) -> None:
    made.ledger.begin(run("monday"), nothing_told)
    made.ledger.note([noted(7, *ADA), noted(8, *BEA)])
    asked = []

    def events_of(of: object) -> object:
        asked.append(of)
        return settled((7, SettledAs.IMPORTED), (8, SettledAs.FAILED))

    later = made.ledger.begin(run("tuesday"), events_of)  # type: ignore[arg-type]
    assert asked == [run("monday")]
    assert made.found(later.number, *keys_of(*ADA))
    assert not made.found(later.number, *keys_of(*BEA))


def test_where_the_journal_is_gone_or_damaged_all_who_were_noted_count(made: Made) -> None:
    def damaged(_run: object) -> Iterator[Intended]:
        yield Intended("chunk-1", (RowAttempt(8, 1),))
        raise ConfigurationError("journal.db is damaged")

    made.ledger.begin(run("monday"), nothing_told)
    made.ledger.note([noted(7, *ADA)])
    made.ledger.begin(run("tuesday"), nothing_told)
    made.ledger.note([noted(8, *BEA)])
    later = made.ledger.begin(run("wednesday"), damaged)
    assert made.found(later.number, *keys_of(*ADA))
    assert made.found(later.number, *keys_of(*BEA))


def test_a_run_that_goes_on_after_a_later_one_has_begun_is_refused(made: Made) -> None:
    first = made.ledger.begin(run("monday"), nothing_told)
    made.ledger.refuse_overtaken(first)
    assert made.ledger.resume(first.run.run_id) == first
    made.ledger.begin(run("tuesday"), nothing_told)
    with pytest.raises(ConfigurationError, match="later run"):
        made.ledger.refuse_overtaken(first)


def test_a_run_that_the_ledger_does_not_know_cannot_resume(made: Made) -> None:
    with pytest.raises(ConfigurationError, match="does not know this run"):
        made.ledger.resume("id-of-nothing")


def test_rows_noted_again_and_a_run_ended_again_change_nothing(made: Made) -> None:
    place = made.ledger.begin(run("monday"), nothing_told)
    made.ledger.note([noted(7, *ADA)])
    made.ledger.note([noted(7, *ADA)])
    made.ledger.end(place, imported([7]))
    made.ledger.end(place, settled((7, SettledAs.FAILED)))
    later = made.ledger.begin(run("tuesday"), nothing_told)
    assert [one.row for one in made.found(later.number, *keys_of(*ADA))] == [7]


def test_what_a_run_finds_stays_when_later_runs_have_ended(made: Made) -> None:
    first = made.ledger.begin(run("monday"), nothing_told)
    made.ledger.note([noted(1, *ADA)])
    made.ledger.end(first, imported([1]))
    second = made.ledger.begin(run("tuesday"), nothing_told)
    before = made.found(second.number, *keys_of(*ADA)), made.frequencies(second.number)
    made.ledger.note([noted(2, ADA[0], "ada.abbott@example.org")])
    made.ledger.end(second, imported([2]))
    third = made.ledger.begin(run("wednesday"), nothing_told)
    made.ledger.end(third, ())
    after = made.found(second.number, *keys_of(*ADA)), made.frequencies(second.number)
    assert after == before
    assert len(made.found(third.number, *keys_of(*ADA))) == 2


def test_people_of_runs_before_the_oldest_day_are_not_found(made: Made) -> None:
    for day, person in enumerate((ADA, BEA)):
        place = made.ledger.begin(run(f"day-{day}", day * DAY_S), nothing_told)
        made.ledger.note([noted(1, *person)])
        made.ledger.end(place, imported([1]))
    later = made.ledger.begin(run("day-2", 2 * DAY_S), nothing_told)
    assert not made.found(later.number, *keys_of(*ADA), since_s=DAY_S)
    assert made.found(later.number, *keys_of(*BEA), since_s=DAY_S)
    assert not made.found(later.number, *keys_of(*BEA), since_s=DAY_S + 1)


def test_a_clock_that_was_set_back_makes_nobody_too_old(made: Made) -> None:
    for name, started_s, person in (("monday", 10 * DAY_S, ADA), ("set-back", 9 * DAY_S, BEA)):
        place = made.ledger.begin(run(name, started_s), nothing_told)
        made.ledger.note([noted(1, *person)])
        made.ledger.end(place, imported([1]))
    later = made.ledger.begin(run("tuesday", 11 * DAY_S), nothing_told)
    since_s = 10 * DAY_S
    assert made.found(later.number, *keys_of(*ADA), since_s=since_s)
    assert made.found(later.number, *keys_of(*BEA), since_s=since_s)


def test_a_key_of_very_many_people_leads_to_the_first_of_each_run_only(made: Made) -> None:
    place = made.ledger.begin(run("monday"), nothing_told)
    rows = range(1, 2 * MOST_PEOPLE_OF_A_KEY)
    made.ledger.note([noted(row, ADA[0], f"person{row}@example.com") for row in rows])
    made.ledger.end(place, imported(rows))
    later = made.ledger.begin(run("tuesday"), nothing_told)
    found = made.found(later.number, *keys_of(phone=ADA[0]))
    assert [one.row for one in found] == list(range(1, MOST_PEOPLE_OF_A_KEY + 1))
    last = 2 * MOST_PEOPLE_OF_A_KEY - 1
    assert made.found(later.number, *keys_of(email=f"person{last}@example.com"))


def test_frequencies_count_who_counts(made: Made) -> None:
    place = made.ledger.begin(run("monday"), nothing_told)
    made.ledger.note([noted(1, *ADA), noted(2, *BEA, "Bea", "Berg")])
    made.ledger.end(place, settled((1, SettledAs.IMPORTED), (2, SettledAs.FAILED)))
    later = made.ledger.begin(run("tuesday"), nothing_told)
    match_input = CorroboratedMatcher.standardise(contact(1, *ADA))
    one = [CorroboratedMatcher.ledger_values(match_input)]
    assert made.frequencies(place.number) == b""
    assert made.frequencies(later.number) == CorroboratedMatcher.count_people(b"", one)


def test_the_runs_before_a_run_are_told_the_latest_first(made: Made) -> None:
    names = ("monday", "tuesday", "wednesday")
    places = []
    for name in names:
        places.append(made.ledger.begin(run(name), nothing_told))
        made.ledger.note([noted(7, *ADA), noted(8, *BEA)][: len(places)])
    assert [(one.run.name, one.people) for one in made.ledger.earlier_runs(places[2])] == [
        ("tuesday", 2),
        ("monday", 1),
    ]
    assert made.ledger.earlier_runs(places[0]) == []


def two_nights(made: Made) -> list[int]:
    """Return the numbers of two runs, which have sent Ada, and then Bea."""
    numbers = []
    for name, people in (("monday", [noted(7, *ADA)]), ("tuesday", [noted(3, *BEA)])):
        place = made.ledger.begin(run(name), nothing_told)
        made.ledger.note(people)
        made.ledger.end(place, imported(one.row for one in people))
        numbers.append(place.number)
    return numbers


@pytest.mark.parametrize(
    "whom",
    [
        WhoAsks(phones=frozenset([ADA[0]])),
        WhoAsks(emails=frozenset([ADA[1]])),
        WhoAsks(rows=frozenset([("id-of-monday", 7), ("id-of-nothing", 3), ("id-of-tuesday", 7)])),
    ],
)
def test_who_is_forgotten_is_found_by_no_later_run_and_nobody_else_is_forgotten(
    made: Made, whom: WhoAsks
) -> None:
    two_nights(made)
    forgotten = made.ledger.forget(whom)
    assert (forgotten.people, forgotten.runs, forgotten.with_extension) == (1, 1, 0)
    later = made.ledger.begin(run("wednesday"), nothing_told)
    assert not made.found(later.number, *keys_of(*ADA))
    assert made.found(later.number, *keys_of(*BEA))
    match_input = CorroboratedMatcher.standardise(contact(1, *BEA))
    one = [CorroboratedMatcher.ledger_values(match_input)]
    assert made.frequencies(later.number) == CorroboratedMatcher.count_people(b"", one)
    assert made.ledger.forget(whom).people == 0


def test_a_run_that_knew_somebody_who_was_forgotten_cannot_be_prepared_again(made: Made) -> None:
    first, second = two_nights(made)
    made.ledger.forget(WhoAsks(phones=frozenset([ADA[0]])))
    assert made.found(first, *keys_of(*ADA)) == []
    with pytest.raises(ConfigurationError, match="has forgotten people since this run began"):
        made.found(second, *keys_of(*ADA))


def test_the_number_of_the_last_person_who_was_forgotten_is_not_used_again(made: Made) -> None:
    two_nights(made)
    made.ledger.forget(WhoAsks(phones=frozenset([BEA[0]])))
    place = made.ledger.begin(run("wednesday", 9 * DAY_S), nothing_told)
    made.ledger.note([noted(1, *BEA)])
    made.ledger.end(place, imported([1]))
    later = made.ledger.begin(run("thursday", 9 * DAY_S), nothing_told)
    assert [one.run for one in made.found(later.number, *keys_of(*BEA), since_s=DAY_S)] == [
        "wednesday"
    ]


def test_somebody_with_an_extension_stays_and_is_counted(made: Made) -> None:
    place = made.ledger.begin(run("monday"), nothing_told)
    made.ledger.note([noted(1, ADA[0] + "12", ADA[1]), noted(2, *ADA)])
    made.ledger.end(place, imported([1, 2]))
    forgotten = made.ledger.forget(WhoAsks(phones=frozenset([ADA[0]])))
    assert (forgotten.people, forgotten.with_extension) == (1, 1)


def test_all_runs_are_ended_that_have_finished_or_never_can_and_told_the_latest_first(
    made: Made,
) -> None:
    made.ledger.begin(run("monday"), nothing_told)
    made.ledger.note([noted(7, *ADA)])
    assert [one.people for one in made.ledger.end_all(nothing_told)] == [1]
    made.ledger.begin(run("tuesday"), nothing_told)
    made.ledger.note([noted(7, *ADA), noted(8, *BEA)])
    finished = [*imported([8]), RunFinished(b"{}")]
    assert [(one.run.name, one.people) for one in made.ledger.end_all(lambda _: finished)] == [
        ("tuesday", 1),
        ("monday", 1),
    ]


def test_a_run_that_may_go_on_is_not_ended(made: Made) -> None:
    def damaged(_run: object) -> Iterator[Intended]:
        yield Intended("chunk-1", (RowAttempt(7, 1),))
        raise ConfigurationError("journal.db is damaged")

    made.ledger.begin(run("monday"), nothing_told)
    with pytest.raises(ConfigurationError, match="has not finished"):
        made.ledger.end_all(lambda _: imported([7]))
    with pytest.raises(ConfigurationError, match=r"cannot be read \(journal\.db is damaged\)"):
        made.ledger.end_all(damaged)
