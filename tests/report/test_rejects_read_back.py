"""rejects.csv, read with the settings of its run, holds the same rows, one for one."""

from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from cxone_async.errors import UnreadableInputError
from cxone_async.outcome import Outcome, Reason, RowOutcome
from cxone_async.source.csv_form import PLAIN_FORM, CsvForm
from cxone_async.source.encoding import Transcoder
from cxone_async.source.records import InputHeader, RecordCutter
from cxone_async.source.reject_cells import REJECT_COLUMNS

UNREADABLE = {Reason.UNTERMINATED_QUOTE, Reason.MALFORMED_QUOTE, Reason.FIELD_TOO_LARGE}


class Cut(NamedTuple):
    header: InputHeader
    ends: list[RowOutcome]
    held: list[tuple[str, ...]]
    """For each row by number: its cells, or the reason why it has none."""


def cut(content: bytes, encoding: str, form: CsvForm) -> Cut | None:
    transcoder = Transcoder(encoding)
    body = transcoder.feed(content) + transcoder.finish()
    cutter = RecordCutter(transcoder.encoding or "", form, transcoder.mark_of_copies)
    try:
        part = cutter.finish(body)
    except UnreadableInputError:
        return None
    assert cutter.header is not None
    held: dict[int, tuple[str, ...]] = {}
    ends = []
    for row, line, raw, fields in zip(part.rows, part.lines, part.raws, part.fields, strict=True):
        held[row] = tuple(fields)
        ends.append(RowOutcome(row, line, Outcome.INVALID, "phone_missing", "a, b", raw=raw))
    for row, line, raw, problem in part.unreadable:
        held[row] = (problem.reason.value,)
        ends.append(RowOutcome(row, line, Outcome.INVALID, *problem_of(problem), raw=raw))
    return Cut(cutter.header, ends, [held[row] for row in sorted(held)])


def problem_of(problem: Any) -> tuple[str, str]:
    return problem.reason, problem.detail


NOISE = st.lists(
    st.sampled_from(
        ['"', '""', ",", ";", "\n", "\n", "\r\n", "\r", "a", "é", "ポ", " ", "\\", "'", "\0",
         "2025550101,a@example.com,x\n", '2025550101,a@example.com,"x\n', ',5"\n', '"x\ny"',
         "\nphone,email,note\n", "\ufeff", ',7,invalid,too_few_fields,x\n']
    ),
    max_size=40,
).map(lambda parts: "phone,email,note\n" + "".join(parts))  # fmt: skip

ENCODINGS = {
    "utf-8": ("utf-8", ""),
    "utf-8 with mark, declared cp1252": ("utf-8", "\ufeff"),
    "shift_jis": ("shift_jis", ""),
    "utf-16": ("utf-16-le", "\ufeff"),
    "cp1252": ("cp1252", ""),
}
DECLARED = {"utf-8 with mark, declared cp1252": "cp1252", "utf-16": "cp1252"}


@pytest.mark.slow
@settings(max_examples=60, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(
    text=NOISE,
    kind=st.sampled_from(list(ENCODINGS)),
    form=st.sampled_from(
        [PLAIN_FORM, CsvForm(quote="'"), CsvForm(escape="\\"), CsvForm(skip_lines=2)]
    ),
)
@example('phone,email,note\nx"y,"z\n1,2,"3\n4,5,6"\n', "utf-8", PLAIN_FORM)
@example("phone,email,note\nx,y,z\\\n1,2,3\n", "utf-8", CsvForm(escape="\\"))
def test_rejects_read_back_as_the_same_rows(
    run_directory: Any, write_run: Any, text: str, kind: str, form: CsvForm
) -> None:
    encoding, mark = ENCODINGS[kind]
    text = "\n" * form.skip_lines + text
    content = (mark + text.replace("\ufeff", "" if encoding != "utf-8" else "\ufeff")).encode(
        encoding, "replace"
    )
    declared = DECLARED.get(kind, encoding)
    first = cut(content, declared, form)
    if first is None:
        return
    write_run(first.ends, header=first.header, form=form, command="plan")
    again = cut((run_directory / "rejects.csv").read_bytes(), declared, form)
    assert again is not None
    assert again.header.names == first.header.names
    unsafe = {one.row for one in first.ends if is_unsafe(one, form)}
    rows = sorted(range(1, len(first.held) + 1), key=lambda row: (row in unsafe, row))
    assert again.held == [first.held[row - 1] for row in rows]


def is_unsafe(one: RowOutcome, form: CsvForm) -> bool:
    return bool(
        one.reason in UNREADABLE
        or one.raw.count(form.quote.encode()) % 2
        or (form.escape and one.raw.endswith(form.escape.encode()))
    )


def test_a_corrected_row_does_not_vanish_inside_the_open_quote_of_another(
    run_directory: Any, write_run: Any
) -> None:
    content = b'phone,email,note\n1,a@example.com,"open\n2,b@example.com,x\n3,"c,y\n'
    first = cut(content, "utf-8", PLAIN_FORM)
    assert first is not None
    write_run(first.ends, header=first.header, command="plan")
    rejects = (run_directory / "rejects.csv").read_bytes()
    corrected = rejects.replace(b'3,"c,y', b"2025550103,c@example.com,y")
    again = cut(corrected, "utf-8", PLAIN_FORM)
    assert again is not None
    assert again.held == [
        ("2", "b@example.com", "x"),
        ("unterminated_quote",),
        ("2025550103", "c@example.com", "y"),
    ]


def test_a_row_that_was_rejected_for_missing_cells_is_rejected_again() -> None:
    header = ",".join(("phone", "email", "note", "country", *REJECT_COLUMNS))
    rows = "2025550100,a@example.com,x,4,invalid,too_few_fields,3 fields\nb,c,5,invalid,x,\n"
    again = cut(f"{header}\n{rows}".encode(), "utf-8", PLAIN_FORM)
    assert again is not None
    assert again.held == [("too_few_fields",), ("b", "c", "", "")]


@pytest.mark.parametrize("cells", [",,,,", ",mine,own,cells,here", ""])
def test_cells_that_a_person_changed_end_no_record(cells: str) -> None:
    header = ",".join(("phone", "email", *REJECT_COLUMNS))
    again = cut(f'{header}\n"a\nb",c{cells}\n'.encode(), "utf-8", PLAIN_FORM)
    assert again is not None
    assert again.held == [("a\nb", "c")]
