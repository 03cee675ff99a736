"""Preparing, in place and in a process of its own: one suite for both."""

import asyncio
import io
import itertools
import os
import pickle
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from fixtures.run_in_memory import prepare_job
from hypothesis import given, settings
from hypothesis import strategies as st

from cxone_async.errors import PreparationKilledError, UnreadableInputError, UsageError
from cxone_async.matching.policy import MatchPolicy
from cxone_async.outcome import Outcome
from cxone_async.prepare.child_process import LENGTH, Failed, PreparedBlock
from cxone_async.prepare.job import PrepareJob
from cxone_async.prepare.matching_child import serve_matching
from cxone_async.prepare.normalising_child import serve_normalising
from cxone_async.prepare.preparer import Preparer
from cxone_async.prepare.subprocesses import (
    STREAM_LIMIT_BYTES,
    PreparationProcess,
    _error_named,
    without_our_settings,
)
from cxone_async.source.csv_header import SAMPLE_BYTES
from cxone_async.tenant.contact_lists.client import ContactListsDialect
from cxone_async.tenant.port import Dialect, SentFields
from cxone_async.testing.preparation import InlinePreparation

pytestmark = pytest.mark.slow

CONTACT_LISTS = ContactListsDialect()

CONTENT = (
    'phone,email,first_name,last_name\n'
    '+12025550101,ada@example.com,Ada,"Abbott, née X"\n'
    '(202) 555-0101,ADA@example.com,Ada,Abbott\n'
    '12,broken,B,B\n'
    '+12025550103,c@example.com,"Multi\nline",Cole\r\n'
    '"open quote,+12025550104,d@example.com,D\n'
    '\n'
    '+12025550105,e@example.com,Zoë,Ek\n'
).encode()  # fmt: skip


def job(dialect: Dialect | None = CONTACT_LISTS, **changes) -> PrepareJob:
    own = {name: changes.pop(name) for name in ("listed", "keep_raw") if name in changes}
    settings = {"match": MatchPolicy.CORROBORATED, **changes}
    return replace(prepare_job(dialect=dialect, **settings), **own)


async def in_blocks(content: bytes, size: int):
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def prepared(preparation, content: bytes, block_bytes: int = 50):
    """Everything that comes out, with the borders of blocks taken away."""
    rows, decided, ready = 0, [], []
    async with preparation as started:
        async for some in started.prepare(in_blocks(content, block_bytes)):
            rows += some.rows
            decided += some.decided
            ready += some.ready
    return rows, sorted(decided, key=lambda one: one.row), ready


@pytest.fixture(params=[InlinePreparation, PreparationProcess])
def preparation(request):
    return request.param


async def test_every_row_comes_out_once_decided_or_ready(preparation):
    rows, decided, ready = await prepared(preparation(job()), CONTENT)
    assert rows == 6
    assert [(one.row, one.outcome) for one in decided] == [
        (2, Outcome.DUPLICATE),
        (3, Outcome.INVALID),
        (5, Outcome.INVALID),
    ]
    assert [(one.row, one.line) for one in ready] == [(1, 2), (4, 5), (6, 9)]
    assert ready[1].raw == b'+12025550103,c@example.com,"Multi\nline",Cole'


async def test_without_a_dialect_nothing_is_encoded_and_records_are_kept_if_asked_for(preparation):
    for keep_raw in (True, False):
        _, _, ready = await prepared(preparation(job(dialect=None, keep_raw=keep_raw)), CONTENT)
        assert [row.payload for row in ready] == [b"", b"", b""]
        assert ready[0].raw == (CONTENT.splitlines()[1] if keep_raw else b"")


async def test_what_is_ready_carries_the_contact_as_it_goes_out(preparation):
    _, _, ready = await prepared(preparation(job()), CONTENT)
    assert ContactListsDialect().sent_fields(ready[0].payload) == SentFields(
        "12025550101",
        "ada@example.com",
        "Ada",
        "Abbott, née X",
        "US",
    )


@pytest.mark.parametrize(
    ("content", "changes", "error"),
    [
        (b"", {}, UnreadableInputError),
        (b"name,city\nx,y\n", {}, UnreadableInputError),
        (b"phone,email\n", {"map": {"phone": "Nowhere"}}, UsageError),
        (b"phone\n1\n", {"required_fields": frozenset({"phone", "email"})}, UnreadableInputError),
    ],
)
async def test_what_cannot_be_prepared_says_so(preparation, content, changes, error):
    with pytest.raises(error):
        await prepared(preparation(job(**changes)), content)


async def test_a_source_that_fails_fails_the_preparation(preparation):
    async def broken():
        yield CONTENT[:60]
        raise UnreadableInputError("cut off")

    with pytest.raises(UnreadableInputError, match="cut off"):
        async with preparation(job()) as started:
            async for _ in started.prepare(broken()):
                pass


async def test_stopping_early_leaves_no_process_behind():
    async with PreparationProcess(job()) as started:
        async for _ in started.prepare(in_blocks(CONTENT * 50, 100)):
            break
        children = started._children
    assert [child.returncode is not None for child in children] == [True, True]


async def test_stopping_early_does_not_wait_for_what_nobody_reads():
    """Far more is prepared than a pipe and a reader hold, as when the tenant is the slower one."""
    rows = "".join(f"+1{212_555_0000 + n},p{n}@example.com,A,B,US\n" for n in range(60_000))
    content = b"phone,email,first_name,last_name,country\n" + rows.encode()
    async with asyncio.timeout(60), PreparationProcess(job()) as started:
        async for _ in started.prepare(in_blocks(content, 1 << 18)):
            reader = started._children[1].stdout
            assert reader is not None
            while len(vars(reader)["_buffer"]) <= 2 * STREAM_LIMIT_BYTES:  # noqa: ASYNC110  another's
                await asyncio.sleep(0.01)
            break
    assert [child.returncode for child in started._children] == [-signal.SIGKILL] * 2


@pytest.mark.parametrize("killed", [0, 1])
async def test_a_killed_child_is_an_error_and_not_the_end_of_the_input(killed):
    async def endless():
        yield CONTENT
        await asyncio.sleep(3600)

    with pytest.raises(PreparationKilledError, match="killed by signal 9"):
        async with PreparationProcess(job()) as started:
            async for _ in started.prepare(endless()):
                started._children[killed].send_signal(signal.SIGKILL)


async def test_a_child_that_ends_by_itself_is_a_defect():
    no_settings: Any = None
    no_job = replace(job(), settings=no_settings)
    with pytest.raises(ChildProcessError, match="ended with 1"):
        async with PreparationProcess(no_job) as started:
            async for _ in started.prepare(in_blocks(CONTENT, 10)):
                pass


async def test_the_children_are_out_of_reach_of_what_is_sent_to_the_parent_s_group():
    signalled = asyncio.Event()

    async def held_open():
        yield CONTENT
        await signalled.wait()

    async with PreparationProcess(job()) as started:
        rows = 0
        async for some in started.prepare(held_open()):
            rows += some.rows
            if not signalled.is_set():
                for child in started._children:
                    assert os.getpgid(child.pid) == child.pid
                    for number in (signal.SIGINT, signal.SIGTERM):
                        child.send_signal(number)
                signalled.set()
        assert rows == 6


def test_the_children_die_with_their_parent(tmp_path: Path):
    script = tmp_path / "parent.py"
    script.write_text(
        "import asyncio, pickle, sys\n"
        "from cxone_async.prepare.subprocesses import PreparationProcess\n"
        "async def main():\n"
        "    job = pickle.loads(bytes.fromhex(sys.argv[1]))\n"
        "    async def endless():\n"
        "        yield b'phone,email\\n'\n"
        "        await asyncio.sleep(3600)\n"
        "    async with PreparationProcess(job) as started:\n"
        "        async for _ in started.prepare(endless()):\n"
        "            print(*(child.pid for child in started._children), flush=True)\n"
        "asyncio.run(main())\n"
    )
    parent = subprocess.Popen(
        [sys.executable, str(script), pickle.dumps(job()).hex()], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    ended = [os.pidfd_open(int(pid)) for pid in parent.stdout.readline().split()]
    parent.kill()
    parent.wait()
    parent.stdout.close()
    import select

    for child in ended:
        assert select.select([child], [], [], 10)[0] == [child]
        os.close(child)


def test_the_parent_ends_while_it_has_memory_enough_to_end(tmp_path: Path):
    script = tmp_path / "parent.py"
    script.write_text(
        "import asyncio, errno, pickle, resource, sys\n"
        "from cxone_async.prepare.subprocesses import PreparationProcess\n"
        "async def main():\n"
        "    job = pickle.loads(bytes.fromhex(sys.argv[1]))\n"
        "    async def blocks():\n"
        "        yield b'phone,email\\n'\n"
        "        pages = int(open('/proc/self/statm').read().split()[0])\n"
        "        limit = pages * resource.getpagesize() + (3 << 20)\n"
        "        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))\n"
        "        yield b'+12025550143,ada@example.com\\n'\n"
        "    try:\n"
        "        async with PreparationProcess(job) as started:\n"
        "            async for _ in started.prepare(blocks()):\n"
        "                pass\n"
        "    except OSError as error:\n"
        "        print(errno.errorcode[error.errno])\n"
        "asyncio.run(main())\n"
    )
    ended = subprocess.run(
        [sys.executable, str(script), pickle.dumps(job()).hex()],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert (ended.returncode, ended.stdout) == (0, "ENOMEM\n"), ended.stderr


async def test_a_block_that_is_empty_is_not_taken_for_the_end(preparation):
    async def with_gaps():
        for block in (b"", CONTENT[:80], b"", CONTENT[80:]):
            yield block

    async with preparation(job()) as started:
        assert sum([some.rows async for some in started.prepare(with_gaps())]) == 6


async def test_a_preparation_that_is_never_asked_for_leaves_nothing_behind():
    async with PreparationProcess(job()) as started:
        pass
    assert all(child.returncode is not None for child in started._children)


async def test_a_start_that_is_broken_off_leaves_no_child_behind():
    preparation = PreparationProcess(job())
    starting = asyncio.create_task(preparation.__aenter__())
    while not preparation._children:  # noqa: ASYNC110  only to be between the two
        await asyncio.sleep(0)
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert [child.returncode for child in preparation._children] == [-signal.SIGKILL]


def test_the_children_are_a_program_that_stands_twice_in_a_row():
    frames = (pickle.dumps(job()), CONTENT, b"")
    passed = b"".join(LENGTH.pack(len(frame)) + frame for frame in frames)
    for child in ("normalising", "matching"):
        ended = subprocess.run(
            [
                *(sys.executable, "-P", "-m", "cxone_async.prepare.start_child"),
                *(child, str(os.getpid())),
            ],
            input=passed, capture_output=True, check=True, timeout=60,
        )  # fmt: skip
        assert ended.stderr == b""
        passed = ended.stdout
    assert passed == Served(*frames).out.getvalue()


class Served:
    """What the children answer to these frames, without processes around them."""

    def __init__(self, *frames: bytes) -> None:
        sent = b"".join(LENGTH.pack(len(frame)) + frame for frame in frames)
        between, self.out = io.BytesIO(), io.BytesIO()
        serve_normalising(io.BytesIO(sent), between)
        serve_matching(io.BytesIO(between.getvalue()), self.out)

    @property
    def answers(self):
        data = self.out.getvalue()
        while data:
            (size,) = LENGTH.unpack(data[: LENGTH.size])
            body, data = data[LENGTH.size :][:size], data[LENGTH.size + size :]
            yield msgspec.msgpack.decode(body, type=PreparedBlock | Failed) if body else None


def test_the_children_answer_every_block_and_end_with_an_empty_frame():
    *answers, last = Served(pickle.dumps(job()), CONTENT[:80], CONTENT[80:], b"").answers
    assert sum(answer.prepared.rows for answer in answers) == 6
    assert (len(answers), last) == (3, None)


def test_the_child_tells_the_class_of_what_went_wrong():
    content = b"name,city\n" + b"x,y\n" * SAMPLE_BYTES
    failed, last = Served(pickle.dumps(job()), content, b"").answers
    assert isinstance(failed, Failed)
    assert (failed.error, last) == ("UnreadableInputError", None)


def frame(body: bytes) -> bytes:
    return LENGTH.pack(len(body)) + body


MATCH_JOB = frame(msgspec.msgpack.encode(job().for_matching))


@pytest.mark.parametrize("rest", [b"", b"\x00\x00", LENGTH.pack(10) + b"cut"])
@pytest.mark.parametrize(
    ("serve", "first", "written"),
    [
        (serve_normalising, frame(pickle.dumps(job())), MATCH_JOB),
        (serve_matching, MATCH_JOB, b""),
    ],
)
def test_a_child_ends_in_silence_when_who_writes_to_it_is_gone(serve, first, written, rest):
    out = io.BytesIO()
    with pytest.raises(SystemExit):
        serve(io.BytesIO(first + rest), out)
    assert out.getvalue() == written


@pytest.mark.parametrize("child", ["normalising_child", "matching_child"])
def test_a_child_loads_nothing_of_the_event_loop(child):
    told = f"import sys, cxone_async.prepare.{child}; print('asyncio' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", told], capture_output=True, check=True)
    assert found.stdout.split() == [b"False"]


def test_a_failure_that_is_none_of_ours_is_not_taken_for_one():
    assert _error_named("UnreadableInputError") is UnreadableInputError
    for name in ["RequestError", "RetryRule", "nonsense"]:
        with pytest.raises(ChildProcessError, match=name):
            _error_named(name)


@settings(max_examples=40, deadline=None)
@given(cuts=st.lists(st.integers(0, len(CONTENT)), max_size=6))
def test_how_the_input_is_cut_into_blocks_decides_nothing(cuts):
    def all_of(pieces):
        preparer = Preparer(job())
        parts = [*map(preparer.feed, pieces), preparer.finish()]
        decided = sorted((one for part in parts for one in part.decided), key=lambda one: one.row)
        return decided, [one for part in parts for one in part.ready]

    edges = [0, *sorted(cuts), len(CONTENT)]
    pieces = [CONTENT[a:b] for a, b in itertools.pairwise(edges)]
    assert all_of(pieces) == all_of([CONTENT])


def test_a_child_gets_none_of_our_variables_and_all_others():
    environment = {
        "CXONE_CLIENT_SECRET": "hush-hush", "cxone_client_id": "me", "PATH": "/bin", "XCXONE_": "x",
        "OTEL_EXPORTER_OTLP_HEADERS": "authorization=hush-hush",
    }  # fmt: skip
    assert without_our_settings(environment) == {"PATH": "/bin", "XCXONE_": "x"}


async def test_the_secret_is_not_in_the_environment_of_the_preparing_processes(monkeypatch):
    monkeypatch.setenv("CXONE_CLIENT_SECRET", "hush-hush-of-the-parent")
    async with PreparationProcess(job()):
        me = Path("/proc/self/task") / str(os.getpid()) / "children"
        children = await asyncio.to_thread(me.read_text)
        for child in children.split():
            environ = Path(f"/proc/{child}/environ")
            assert b"hush-hush-of-the-parent" not in await asyncio.to_thread(environ.read_bytes)
    assert children
