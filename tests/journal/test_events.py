import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxone_async.errors import ConfigurationError
from cxone_async.journal.events import (
    JournalEvent,
    JournalLossAccepted,
    RunFinished,
    RunStarted,
    decode,
    encode,
    kind_of,
    settlements_in,
    subject_of,
)
from cxone_async.journal.identity import RunIdentity
from cxone_async.journal.lifecycle import (
    Accepted,
    Bounced,
    Intended,
    RowAttempt,
    RowSettlement,
    Settled,
    SettledAs,
)
from cxone_async.journal.segments import SegmentAdded, SegmentIntended, SegmentRefused

NUMBERS = st.integers(0, 2**63)
ANY_EVENT = st.one_of(
    st.builds(Intended, rows=st.lists(st.builds(RowAttempt, NUMBERS, NUMBERS)).map(tuple)),
    st.builds(Bounced),
    st.builds(Accepted),
    st.builds(Settled, settlements=st.lists(st.builds(RowSettlement, row=NUMBERS)).map(tuple)),
    st.builds(SegmentIntended, rows=st.lists(NUMBERS).map(tuple)),
    st.builds(SegmentAdded),
    st.builds(SegmentRefused),
    st.builds(RunStarted),
    st.builds(RunFinished),
)
SETTLED = Settled(
    "c", (RowSettlement(1, SettledAs.IMPORTED, "id-1"), RowSettlement(2, SettledAs.FAILED))
)


@pytest.mark.slow
@given(ANY_EVENT)
@settings(deadline=None)
def test_an_event_is_read_back_as_it_was_written(event: JournalEvent) -> None:
    assert decode(encode(event)) == event


@pytest.mark.parametrize(
    ("event", "kind", "subject"),
    [
        (Intended("c", (RowAttempt(1, 1),)), "intended", "c"),
        (Bounced("c"), "bounced", "c"),
        (Accepted("c", "import-1"), "accepted", "c"),
        (SETTLED, "settled", "c"),
        (SegmentIntended("b", (1,)), "segment_intended", "b"),
        (SegmentAdded("b"), "segment_added", "b"),
        (SegmentRefused("b", "status_413"), "segment_refused", "b"),
        (JournalLossAccepted(3, 700), "journal_loss_accepted", ""),
        (RunFinished(b"{}"), "run_finished", ""),
    ],
)
def test_an_event_has_a_kind_and_a_subject(event: JournalEvent, kind: str, subject: str) -> None:
    assert (kind_of(type(event)), subject_of(event)) == (kind, subject)


def test_the_bytes_of_an_event_do_not_change_between_versions(identity: RunIdentity) -> None:
    # Written by schema version 1: a journal of an older version must stay readable.
    written = (
        b"\x93\xa7settled\xa1c\x92"
        b"\x95\x01\xa8imported\xa4id-1\xa0\xa0"
        b"\x95\x02\xa6failed\xa0\xa0\xa0"
    )
    assert encode(SETTLED) == written
    assert settlements_in(written) == SETTLED.settlements
    assert encode(Intended("c", (RowAttempt(7, 2),))) == b"\x93\xa8intended\xa1c\x91\x92\x07\x02"
    started = encode(RunStarted(identity, keeps_head=True))
    assert started.startswith(b"\x93\xabrun_started\x88\xa6run_id\xa5run-1")
    assert started.endswith(b"\xc3")
    assert encode(JournalLossAccepted(3, 700)) == (b"\x93\xb5journal_loss_accepted\x03\xcd\x02\xbc")
    assert encode(RunFinished(b"{}", {"a": "0f"})) == (
        b"\x93\xacrun_finished\xc4\x02{}\x81\xa1a\xa20f"
    )


def test_the_start_of_a_run_from_before_heads_were_kept_is_read(identity: RunIdentity) -> None:
    written = encode(RunStarted(identity))
    assert written.startswith(b"\x93")
    older = b"\x92" + written[1:-1]
    assert decode(older) == RunStarted(identity, keeps_head=False)


def test_the_end_of_a_run_from_before_it_kept_digests_is_read() -> None:
    assert decode(b"\x92\xacrun_finished\xc4\x02{}") == RunFinished(b"{}", {})


@pytest.mark.parametrize(
    "payload",
    [b"", b"\xc1", b"\x90", b"\x92\xa7unknown\xa1c", b"\x91\xa7bounced", b"\x92\xa7bounced\x01"],
    ids=["empty", "no MessagePack", "no tag", "unknown tag", "field missing", "field of a type"],
)
@pytest.mark.parametrize("read", [decode, settlements_in])
def test_bytes_that_are_no_event_are_refused(payload: bytes, read) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read: it is damaged"):
        read(payload)


def test_a_refusal_does_not_quote_what_stood_there() -> None:
    payload = encode(SETTLED).replace(b"imported", b"555-0100")
    with pytest.raises(ConfigurationError) as refusal:
        decode(payload)
    assert "555" not in str(refusal.value)
    assert refusal.value.__cause__ is None
    assert refusal.value.__suppress_context__
