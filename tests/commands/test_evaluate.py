"""A policy's decisions, and the truth they are judged by."""

import csv
import random
from pathlib import Path

import pytest
from fixtures.run_in_memory import prepare_job
from fixtures.scorer import figures_of, scored

from cxone_async.commands.environment import Environment
from cxone_async.commands.evaluate import decisions_of, read_truth, run_evaluation
from cxone_async.commands.plan import run_plan
from cxone_async.errors import MissingInputError, UnreadableInputError, UsageError
from cxone_async.matching.policy import MatchPolicy
from cxone_async.outcome import Outcome
from cxone_async.settings import EvaluateSettings, PlanSettings
from cxone_async.testing.preparation import InlinePreparation

NUMBERS = [f"+120255501{number:02}" for number in range(12)]
EMAILS = [f"{letter}.abbott@example.com" for letter in "abcdefghij"]


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


@pytest.mark.parametrize("seed", range(6))
async def test_the_figures_are_those_of_the_scorer_on_what_plan_writes(tmp_path, seed):
    draw = random.Random(seed)
    lines = [
        f"{draw.choice(('', '12', *NUMBERS))},{draw.choice(('', *EMAILS))},"
        f"{draw.choice(('Ada', 'Ida', 'Bob', 'Rob', ''))},Abbott,{'yes' if row == 3 else ''}\n"
        for row in range(1, 61)
    ]
    (tmp_path / "in.csv").write_text(f"phone,email,first_name,last_name,dnc_flag\n{''.join(lines)}")
    people = {row: f"p{draw.randrange(25)}" for row in range(1, 61)}
    truth = "".join(f"{row},{person}\n" for row, person in people.items())
    (tmp_path / "truth.csv").write_text(f"row,entity\n{truth}")
    environment = Environment(preparation=InlinePreparation)
    plan = PlanSettings(match=MatchPolicy.EXACT, dnc_enabled=True, run_dir=tmp_path / "run")
    await run_plan(tmp_path / "in.csv", plan, environment=environment)
    with (tmp_path / "run" / "outcomes.csv").open(newline="", encoding="utf-8-sig") as file:
        outcomes = {int(one["row"]): one["outcome"] for one in csv.DictReader(file)}
    assert set(outcomes.values()) == {"duplicate", "invalid", "suppressed", "ready"}
    settings = EvaluateSettings(
        match=(MatchPolicy.EXACT,), dnc_enabled=True, truth=tmp_path / "truth.csv"
    )
    [(_, figures)] = await run_evaluation(str(tmp_path / "in.csv"), settings, environment)
    assert figures_of(figures) == scored(outcomes, people)


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
        (b"row,entity\n1,\xff\n", "is not text in UTF-8"),
        (b"row,entity\n1," + b"x" * (1 << 27) + b"\n", "is not CSV: field larger"),
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
    with pytest.raises(UnreadableInputError, match="is a directory, not a file"):
        read_truth(tmp_path)
