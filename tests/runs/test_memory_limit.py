"""How much memory there is, as the machine says."""

import resource
from functools import partial
from pathlib import Path

import pytest
from fixtures.machine import soft_limit

from cxone_async.runs.memory_limit import memory_in_words, memory_limit, room_for_rows

GIB = 1 << 30


address_space = partial(soft_limit, resource.RLIMIT_AS)


@pytest.fixture
def limit(tmp_path: Path):
    """`limit("0::/pod", {"memory.max": "max"})`: what is found beneath such files."""

    def found(own_groups: str, files: dict[str, str]):
        (tmp_path / "own").write_text(own_groups)
        for name, text in files.items():
            path = tmp_path / "groups" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"{text}\n")
        return memory_limit(tmp_path / "groups", tmp_path / "own")

    return found


def test_version_2_of_control_groups_is_read(limit):
    assert limit("0::/\n", {"memory.max": str(GIB)}) == (GIB, "control group")


def test_the_lowest_limit_of_the_groups_around_counts(limit):
    files = {"a/b/memory.max": "max", "a/memory.max": str(GIB), "memory.max": str(2 * GIB)}
    assert limit("0::/a/b\n", files) == (GIB, "control group")


def test_version_1_is_read_by_the_line_of_its_controller(limit):
    own = "5:cpu,memory:/pod\n4:pids:/other\n0::/\n"
    files = {"memory/pod/memory.limit_in_bytes": str(GIB), "memory/memory.limit_in_bytes": "9"}
    assert limit(own, files) == (9, "control group")


def test_a_container_sees_its_own_group_at_the_top(limit):
    files = {"memory/memory.limit_in_bytes": str(GIB)}
    assert limit("4:memory:/docker/1234\n", files) == (GIB, "control group")


@pytest.mark.parametrize("text", ["max", "9223372036854771712", "", "many"])
def test_no_limit_is_none(limit, text):
    assert limit("0::/\n", {"memory.max": text}) is None


def test_without_control_groups_there_is_none(tmp_path):
    assert memory_limit(tmp_path, tmp_path / "own") is None


def test_a_limit_of_the_process_counts_where_it_is_lower(limit):
    with address_space(64 * GIB):
        assert limit("0::/\n", {"memory.max": str(65 * GIB)}) == (64 * GIB, "ulimit -v")
        assert limit("0::/\n", {"memory.max": str(GIB)}) == (GIB, "control group")
        assert memory_in_words().endswith("; the limit is 68,719 MB (ulimit -v)")


def test_what_was_taken_is_told_without_a_limit_too():
    assert memory_in_words().startswith("this process took up to ")


def test_rows_on_their_way_may_take_an_eighth_of_what_there_is():
    assert room_for_rows(4096) == GIB // 2
    assert room_for_rows(64) == GIB // 128
    with address_space(64 * GIB):
        assert room_for_rows(None) == GIB // 4
    with address_space(GIB):
        assert room_for_rows(None) == GIB // 8
