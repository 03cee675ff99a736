"""A policy's decisions, and the truth they are judged by."""

from pathlib import Path

import pytest
from fixtures.run_in_memory import prepare_job

from cxone_async.commands.environment import Environment
from cxone_async.commands.evaluate import decisions_of, read_truth, run_evaluation
from cxone_async.errors import MissingInputError, UnreadableInputError, UsageError
from cxone_async.matching.policy import MatchPolicy
from cxone_async.outcome import Outcome
from cxone_async.settings import EvaluateSettings
from cxone_async.testing.preparation import InlinePreparation


async def test_every_row_has_one_decision():
    async def blocks():
        yield b"phone,email\n+12025550101,a@example.com\n+12025550101,b@example.com\n"
        yield b"12,c@example.com\n"

    job = prepare_job()
    decisions = await decisions_of(InlinePreparation(job), blocks())
    assert sorted((one.row, one.outcome, one.rule) for one in decisions) == [
        (1, Outcome.READY, ""),
        (2, Outcome.DUPLICATE, "exact-phone"),
        (3, Outcome.INVALID, ""),
    ]


async def test_each_policy_is_judged_on_the_same_input(tmp_path):
    (tmp_path / "in.csv").write_text(
        "phone,email\n+12025550101,a@example.com\n+12025550101,b@example.com\n"
    )
    (tmp_path / "truth.csv").write_text("row,entity\n1,ada\n2,bob\n")
    settings = EvaluateSettings(
        truth=tmp_path / "truth.csv", match=(MatchPolicy.EXACT, MatchPolicy.OFF)
    )
    figures = await run_evaluation(
        str(tmp_path / "in.csv"), settings, Environment(preparation=InlinePreparation)
    )
    assert [(policy, one.dropped, one.correct) for policy, one in figures] == [
        (MatchPolicy.EXACT, 1, 0),
        (MatchPolicy.OFF, 0, 0),
    ]


async def test_an_input_that_can_be_read_only_once_is_refused():
    with pytest.raises(UsageError, match="give it a file"):
        await run_evaluation("-", EvaluateSettings(truth=Path("truth.csv")))


def test_the_truth_is_read_by_its_column_names_and_an_entity_may_be_anything(tmp_path):
    path = tmp_path / "truth.csv"
    path.write_bytes("\ufeffentity,note,row\nada,x,2\n,y,1\nada\n".encode()[:-4])
    assert read_truth(path) == {2: "ada", 1: ""}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "row and entity"),
        (b"row,name\n1,a\n", "row and entity"),
        (b"row,entity\n1,a\n1,b\n", "line 3"),
        (b"row,entity\nx,a\n", "line 2"),
        ("row,entity\n²,a\n".encode(), "line 2"),
        (b"entity,row\na\n", "line 2"),
        (b"row,entity\n1,\xff\n", "UnicodeDecodeError"),
        (b"row,entity\n1," + b"x" * (1 << 27) + b"\n", "Error"),
    ],
)
def test_a_truth_that_cannot_be_used_is_refused(tmp_path, content, said):
    path = tmp_path / "truth.csv"
    path.write_bytes(content)
    with pytest.raises(UnreadableInputError, match=said):
        read_truth(path)


def test_a_truth_that_is_not_there_or_no_file_is_refused(tmp_path):
    with pytest.raises(MissingInputError):
        read_truth(tmp_path / "truth.csv")
    with pytest.raises(UnreadableInputError, match="IsADirectoryError"):
        read_truth(tmp_path)
