"""What `explain` finds of a row of a finished run, and what it refuses to make up."""

from hashlib import sha256

import pytest
from fixtures.run_in_memory import outcome_settings

from cxone_async.commands.environment import Environment
from cxone_async.commands.explain import explain_row
from cxone_async.commands.plan import run_plan
from cxone_async.contacts.field_values import FieldType
from cxone_async.errors import ConfigurationError, MissingInputError, UsageError
from cxone_async.matching.policy import MatchPolicy
from cxone_async.outcome import Outcome, RowOutcome
from cxone_async.report.files import write_run_files
from cxone_async.report.pair_tables import FURTHER_COLUMNS, PairLine
from cxone_async.report.reconciliation import OutcomeByRow, RunFacts, reconcile
from cxone_async.report.wording import REPAIR_MEANING
from cxone_async.runs.identity import INPUT_FINGERPRINT
from cxone_async.settings import PlanSettings
from cxone_async.testing.preparation import InlinePreparation

ROWS = [
    b"phone,email,first_name,last_name",
    b"+12025550101,ada@example.com,Ada,Abbott",
    b"(202) 555-0101,ADA@Example.com,Ada,Abbott",
    b"+12025550103,bob@example.com,Bob,Brown",
    b"12,broken,B,B",
    b"+12025550101,zed@example.com,Zed,Zorn",
]
NO_CELLS = ("",) * len(FURTHER_COLUMNS)
OUTCOMES = [
    RowOutcome(1, 2, Outcome.READY),
    RowOutcome(
        2, 3, Outcome.DUPLICATE, duplicate_of=1, rule="phone+email", score=100.0
    ),
    RowOutcome(3, 4, Outcome.READY),
    RowOutcome(4, 5, Outcome.INVALID, "phone_not_possible", raw=ROWS[4]),
    RowOutcome(5, 6, Outcome.READY),
]  # fmt: skip

SETTINGS = outcome_settings(match=MatchPolicy.CORROBORATED)


@pytest.fixture
def finished(tmp_path):
    """`finished()`: a run directory, as a run over `ROWS` leaves it, and its input."""

    def write(*, spooled=False, resembled=1, settings=SETTINGS, left_out=0):
        path = tmp_path / "in.csv"
        path.write_bytes(b"\n".join(ROWS) + b"\n")
        outcome_by_row = OutcomeByRow()
        for one in OUTCOMES:
            outcome_by_row.account(one.row, one.outcome)
        facts = RunFacts(
            command="plan",
            match="corroborated",
            threshold=85.0,
            input_path="" if spooled else str(path),
            settings=settings.as_text()
            | {INPUT_FINGERPRINT: sha256(path.read_bytes()).hexdigest()},
        )
        directory = tmp_path / "run"
        directory.mkdir()
        write_run_files(
            directory,
            OUTCOMES,
            [PairLine(5, resembled, "similar-phone+name", 60.0, NO_CELLS)],
            [PairLine(2, 1, "phone+email", 100.0, NO_CELLS)],
            header_raw=ROWS[0],
            delimiter=",",
            segmented=None,
            conclude=lambda written: reconcile(
                run=facts,
                total_input=5,
                collected=written.outcomes,
                segmented=0,
                possible_duplicates=1 + left_out,
                possible_duplicates_left_out=left_out,
                outcome_by_row=outcome_by_row,
                written=written,
                requests_by_kind={},
                duration_s=0.0,
            ),
        )
        return directory, path

    return write


async def test_a_kept_row_that_review_csv_may_have_left_out_is_not_called_unlike_all(finished):
    directory, _ = finished(left_out=3)
    (remark,) = (await explain_row(directory, 1, None)).remarks
    assert "review.csv, which shows the likeliest 1 of 4 possible" in remark
    explained = await explain_row(directory, 5, None)
    assert (explained.remarks, explained.pairs[0].earlier_row) == ((), 1)


@pytest.mark.parametrize("delimiter", ["", ","])  # rows wait for a sample, or they do not
async def test_a_duplicate_is_shown_beside_the_row_it_repeats(finished, delimiter):
    settings = outcome_settings(match=MatchPolicy.CORROBORATED, delimiter=delimiter)
    directory, _ = finished(settings=settings)
    (explanation,) = (await explain_row(directory, 2, None)).pairs
    assert (explanation.row, explanation.earlier_row) == (2, 1)
    assert explanation.reasoning[0] == "row 2 is dropped as a repeat of row 1"
    assert explanation.reasoning[1].startswith("rule phone+email: ")


async def test_a_kept_row_is_shown_beside_each_row_it_resembles(finished):
    directory, path = finished(spooled=True)
    (explanation,) = (await explain_row(directory, 5, str(path))).pairs
    assert (explanation.row, explanation.earlier_row) == (5, 1)
    assert explanation.reasoning[0] == "row 5 is kept, though it resembles row 1"


async def test_a_row_that_would_be_sent_is_shown_with_its_cells_and_every_check(finished):
    directory, _ = finished()
    explained = await explain_row(directory, 3, None)
    assert (explained.recorded.outcome, explained.recorded.line) == (Outcome.READY, 4)
    assert [(cell.column.name, cell.value) for cell in explained.held] == [
        ("phone", "+12025550103"),
        ("email", "bob@example.com"),
        ("first_name", "Bob"),
        ("last_name", "Brown"),
    ]
    assert [(one.field, one.value) for one in explained.understood] == [
        ("country", "US"),
        ("phone", "+12025550103"),
        ("email", "bob@example.com"),
        ("first_name", "Bob"),
        ("last_name", "Brown"),
        ("dnc_flag", "no: may be called"),
    ]
    results = {check.name: check.result for check in explained.checks}
    assert (results["earlier rows"], results["sending"]) == ("passed", "not reached")
    assert (explained.way_out, explained.pairs, explained.remarks) == ("import the list", (), ())


async def test_an_invalid_row_says_which_cell_is_wrong_and_at_which_check_it_ended(finished):
    directory, _ = finished()
    explained = await explain_row(directory, 4, None)
    understood = {one.field: (one.value, one.problem) for one in explained.understood}
    value, problem = understood["phone"]
    assert value == ""
    assert problem.startswith("phone: ")
    assert understood["email"][1].startswith("email: ")  # the next one to correct
    assert explained.reasons[1:] == (
        "The phone is too long or too short for its country, or no number there begins like it.",
        problem,
    )
    assert [one.name for one in explained.checks if one.result == "failed"] == ["phone"]
    assert "--map phone=COLUMN; the row is in rejects.csv" in explained.way_out


async def test_a_row_that_the_run_does_not_have_is_a_usage_error(finished):
    directory, _ = finished()
    said = f"no row 99: it has {len(ROWS) - 1}, and the header is none of them"
    with pytest.raises(UsageError, match=said):
        await explain_row(directory, 99, None)


async def test_a_row_that_the_input_does_not_have_is_not_made_up(finished):
    directory, _ = finished()
    outcomes = directory / "outcomes.csv"
    outcomes.write_text(outcomes.read_text() + "9,10,ready,,,,,,,,,,\n")
    with pytest.raises(ConfigurationError, match="row 9 reads differently now"):
        await explain_row(directory, 9, None)


HARD = [
    b"phone,email,country,joined,id",
    b'+12025550101,ada@example.com,US,2026-01-02,"A"x,B',
    b"+12025550102,bob@example.com,US,soon,B",
    b"+12025550103,bob@exam ple,US,2026-01-02",
    b"+12025550104,dan@example.com,US,2026-01-02,C",
    b"+12025550105,eve@example.com,US,2026-01-02,C",
]


async def test_records_that_cannot_be_cut_and_further_fields_are_explained_too(tmp_path):
    path = tmp_path / "in.csv"
    path.write_bytes(b"\n".join(HARD) + b"\n")
    settings = PlanSettings(
        run_dir=tmp_path / "run",
        required_fields=frozenset({"phone"}),
        field=("joined=joined",),
        field_type={"joined": FieldType.DATE},
        external_id="id",
        max_invalid_rate=1,
    )
    await run_plan(path, settings, environment=Environment(preparation=InlinePreparation))
    one, two, three, five = [await explain_row(tmp_path / "run", row, None) for row in (1, 2, 3, 5)]
    assert (one.held, one.understood) == ((), ())
    assert one.record == HARD[1].decode()
    assert [check.result for check in one.checks][:2] == ["failed", "not reached"]
    assert one.recorded.reason in ("malformed_quote", "too_many_fields")
    assert len(one.reasons) == 3
    assert two.recorded.reason == "field_not_date"
    assert "joined" in two.reasons[-1]
    assert three.repairs == (
        REPAIR_MEANING["email_left_out"],
        REPAIR_MEANING["cells_missing"],
    )
    assert {check.name: check.what for check in three.checks}["email"] == (
        "not usable, so it is left out: the phone is enough"
    )
    assert five.recorded.reason == "external_id_repeated"
    assert [check.name for check in five.checks if check.result == "failed"] == ["external id"]
    assert len(five.reasons) == 2  # what is wrong is not in this row alone


async def test_a_row_that_the_tenant_had_already_repeats_no_row(finished):
    directory, _ = finished()
    outcomes = directory / "outcomes.csv"
    text = outcomes.read_text()
    outcomes.write_text(text.replace("2,3,duplicate,,1,phone+email", "2,3,duplicate,,,tenant"))
    explained = await explain_row(directory, 2, None)
    assert (explained.pairs, explained.way_out) == ((), "nothing")
    assert [one.name for one in explained.checks if one.result == "failed"] == ["CXone's answer"]


async def test_an_input_that_was_a_pipe_has_to_be_named(finished):
    directory, _ = finished(spooled=True)
    with pytest.raises(MissingInputError, match="--input"):
        await explain_row(directory, 2, None)


@pytest.mark.parametrize(
    "content",
    [
        ROWS[0] + b"\n",
        b"\n".join([*ROWS[:2], ROWS[4]]),
        b"\n".join([*ROWS[:2], ROWS[3], *ROWS[3:]]) + b"\n",
        b"",
    ],
    ids=["cut", "a row is invalid", "the row is another person's", "empty"],
)
async def test_another_input_is_refused(finished, content):
    directory, path = finished()
    path.write_bytes(content)
    with pytest.raises(ConfigurationError, match="not the input of this run, or has changed"):
        await explain_row(directory, 2, None)


async def test_a_row_that_is_no_contact_any_more_is_not_made_up(finished):
    directory, _ = finished(resembled=4)
    with pytest.raises(ConfigurationError, match="row 4 reads differently now"):
        await explain_row(directory, 5, None)


async def test_a_copy_of_the_input_will_do(finished, tmp_path):
    directory, path = finished()
    copy = path.rename(tmp_path / "copy.csv")
    (explanation,) = (await explain_row(directory, 2, str(copy))).pairs
    assert explanation.row == 2


async def test_a_directory_without_its_files_is_no_finished_run(finished, tmp_path):
    with pytest.raises(MissingInputError, match="no finished run"):
        await explain_row(tmp_path, 2, None)
    directory, _ = finished()
    (directory / "outcomes.csv").unlink()
    with pytest.raises(MissingInputError, match=r"outcomes\.csv"):
        await explain_row(directory, 2, None)
