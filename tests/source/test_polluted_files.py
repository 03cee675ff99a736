"""Polluted files: our reader is never wrong without saying so, and right where the file says how.

`benchmarks/polluted_files.py` compares it with other readers on the same files.
"""

from pathlib import Path

import pytest
from polluted.files import polluted_files
from polluted.judging import Judgement, judge
from polluted.our_reader import read_as_it_says, read_with_ours
from polluted.table import NARROW, WIDE, PollutedFile

pytestmark = pytest.mark.slow

SEED = 15
REFUSED_THOUGH_CLEAR = {
    "unit separator",  # a delimiter is one printable ASCII character
    "section sign",
    "full-width comma",
    "tilde bar tilde",
    "every line is one quoted cell",
    "every line but the header is one cell",
}
NO_FLAG_NAMED = {  # the rows have too many fields, or the sign is a rare one
    "apostrophe as quote",
    "backtick as quote",
    "percent as quote",
    "backslash before a comma",
    "backslash before a comma, last cell empty",
    "caret before quotes",
}

CUT_IN_TWO = {  # what is before the line break looks like a whole row; the rest is an invalid one
    "inside the last cell, unquoted",
    "backslash before a line end",
}


def judged(
    path: Path, file: PollutedFile, told: PollutedFile | None = None
) -> tuple[Judgement, str]:
    path.write_bytes(file.content)
    return judge(file, read_with_ours(path, told))


@pytest.mark.parametrize("columns", [WIDE, NARROW], ids=["wide", "narrow"])
def test_nothing_is_silently_wrong_and_what_is_clear_is_right(
    columns: tuple[str, ...], tmp_path: Path
) -> None:
    wrong, not_right, seen = [], [], 0
    for file in polluted_files(SEED, columns, large_rows=200):
        seen += 1
        judgement, why = judged(tmp_path / "list.csv", file)
        if (judgement is Judgement.SILENT) != (file.name in CUT_IN_TWO):
            wrong.append((file.group, file.name, why))
        is_clear = file.is_told and not file.options and not file.encoding
        if is_clear and (judgement is Judgement.RIGHT) == (file.name in REFUSED_THOUGH_CLEAR):
            not_right.append((file.group, file.name, why))
    assert wrong == []
    assert not_right == []
    assert seen > 200


def test_with_what_a_person_knows_of_it_the_file_is_right(tmp_path: Path) -> None:
    told = [file for file in polluted_files(SEED, large_rows=200) if file.options or file.encoding]
    judgements = {file.name: judged(tmp_path / "list.csv", file, file) for file in told}
    assert {name: one for name, one in judgements.items() if one[0] is not Judgement.RIGHT} == {}
    assert len(told) > 40


def test_the_flag_that_a_refusal_names_makes_the_file_right(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    not_right = {}
    for file in polluted_files(SEED, large_rows=200):
        if file.options:
            path.write_bytes(file.content)
            judgement, why = judge(file, read_as_it_says(path))
            if judgement is not Judgement.RIGHT:
                not_right[file.name] = why
    assert not_right.keys() == NO_FLAG_NAMED


def test_the_judge_tells_a_lost_a_changed_and_a_doubled_row(tmp_path: Path) -> None:
    file = next(iter(polluted_files(SEED)))
    path = tmp_path / "list.csv"
    path.write_bytes(file.content)
    right = read_with_ours(path)
    assert judge(file, right) == (Judgement.RIGHT, "")
    for table in (
        right.table[:-1],
        [*right.table, right.table[1]],
        [*right.table[:-1], [*right.table[-1][:-1], "other"]],
        [["x", *right.table[0][1:]], *right.table[1:]],
        [right.table[0], *right.table[2:], right.table[1]],
    ):
        judgement, why = judge(file, type(right)(table))
        assert (judgement, bool(why)) == (Judgement.SILENT, True)
    noted = type(right)([*right.table[:-1], [*right.table[-1][:-1], "x"]],
                        noted=frozenset({len(right.table) - 1}))  # fmt: skip
    assert judge(file, noted)[0] is Judgement.REFUSED
    unread = type(right)(right.table[:-1], unreadable=(",".join(right.table[-1]),))
    assert judge(file, unread)[0] is Judgement.REFUSED
