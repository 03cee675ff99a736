"""Streams that are slow, full, closed or gone."""

import errno
import os
import select
import threading
from contextlib import suppress

import pytest

from cxone_async.standard_streams import LenientFile, QueuedText


@pytest.fixture
def pipe():
    reader, writer = os.pipe()
    yield reader, writer
    for descriptor in (reader, writer):
        with suppress(OSError):  # the test has closed it
            os.close(descriptor)


def read(descriptor: int, ends_with: bytes) -> bytes:
    said = b""
    while not said.endswith(ends_with):
        assert select.select([descriptor], [], [], 10)[0], said
        said += os.read(descriptor, 1 << 16)
    return said


def fill(descriptor: int) -> int:
    """Write until a pipe is full; return how many bytes it took."""
    os.set_blocking(descriptor, False)
    taken = 0
    with suppress(BlockingIOError):
        while True:
            taken += os.write(descriptor, b"." * 4096)
    os.set_blocking(descriptor, True)
    return taken


def test_lines_arrive_in_their_order(pipe):
    reader, writer = pipe
    stream = QueuedText(writer)
    for number in range(1000):
        assert stream.write(f"{number}\n") == len(f"{number}\n")
    assert read(reader, b"999\n") == b"".join(b"%d\n" % number for number in range(1000))
    stream.finish()
    assert stream.lost_lines == 0


def test_a_reader_that_does_not_read_is_not_waited_for_and_learns_later_what_is_lost(pipe):
    reader, writer = pipe
    taken = fill(writer)
    stream = QueuedText(writer, most_bytes=1 << 20)
    stream.tell_lost = lambda lines: stream.write(f"lost {lines}\n")
    line = "x" * 1023 + "\n"
    for _ in range(2000):
        stream.write(line)
    assert stream.lost_lines == 2000 - 1024
    assert read(reader, b"lost 976\n") == b"." * taken + line.encode() * 1024 + b"lost 976\n"
    stream.write("again\n")
    assert read(reader, b"\n") == b"again\n"


def test_the_end_waits_for_a_silent_reader_for_a_bounded_time_and_counts_the_rest(pipe):
    _, writer = pipe
    fill(writer)
    stream = QueuedText(writer)
    for _ in range(100):
        stream.write("a line\n")
    stream.finish(0.05)
    assert stream.lost_lines == 100
    stream.write("one more\n")
    stream.finish()
    assert stream.lost_lines == 101


def test_a_reader_that_is_gone_costs_the_lines_and_nothing_else(pipe):
    reader, writer = pipe
    os.close(reader)
    stream = QueuedText(writer)
    for _ in range(3):
        stream.write("nobody reads this\n")
    stream.finish()
    assert stream.lost_lines == 3


def test_a_descriptor_that_is_closed_costs_the_lines_and_nothing_else(pipe):
    _, writer = pipe
    os.close(writer)
    stream = QueuedText(writer)
    stream.write("nowhere to go\n")
    stream.finish()
    assert stream.lost_lines == 1


def test_a_full_disk_that_has_room_again_gets_whole_lines_and_the_count(tmp_path, file_size_limit):
    path = tmp_path / "log"
    with path.open("wb", buffering=0) as file:
        stream = QueuedText(file.fileno())
        stream.tell_lost = lambda lines: stream.write(f"lost {lines}\n")
        with file_size_limit(10):
            stream.write("before\n")
            stream.write("torn in its middle\n")
            stream.write("lost\n")
            stream.finish()
            assert stream.lost_lines == 2
        stream.write("after\n")
        stream.finish()
    assert path.read_bytes() == b"before\ntor\nafter\nlost 2\n"


def test_a_pipe_that_another_program_made_non_blocking_loses_nothing(pipe):
    reader, writer = pipe
    os.set_blocking(writer, False)
    stream = QueuedText(writer)
    line = "x" * 1023 + "\n"
    for _ in range(300):
        stream.write(line)
    stream.write("end\n")
    assert read(reader, b"end\n").count(line.encode()) == 300
    stream.finish()
    assert stream.lost_lines == 0


def test_text_that_the_terminal_cannot_show_is_escaped(pipe):
    reader, writer = pipe
    QueuedText(writer, encoding="ascii").write("Ü\n")
    assert read(reader, b"\n") == b"\\xdc\n"


def test_what_cannot_be_printed_is_taken_for_printed_and_the_reason_is_kept(pipe):
    reader, writer = pipe
    os.close(reader)
    with LenientFile(writer, "w", closefd=False) as file:
        assert file.write(b"the summary\n") == 12
        assert file.lost_by == errno.EPIPE
        assert file.write(b"more\n") == 5


def test_what_is_printed_to_a_non_blocking_pipe_waits_for_its_reader(pipe):
    reader, writer = pipe
    os.set_blocking(writer, False)
    said = []
    reading = threading.Thread(target=lambda: said.append(read(reader, b"end\n")))
    reading.start()
    with LenientFile(writer, "w", closefd=False) as file:
        assert file.write(b"x" * (1 << 20) + b"end\n") == (1 << 20) + 4
    reading.join()
    assert (len(said[0]), file.lost_by) == ((1 << 20) + 4, None)


ERASED = "\r\x1b[2K\x1b[1A\x1b[2K"
"""Two lines taken off a terminal."""


@pytest.fixture
def screen(tmp_path):
    """A stream, and what has arrived at its end."""
    with (tmp_path / "screen").open("wb") as file:
        stream = QueuedText(file.fileno(), most_bytes=1000)

        def arrived():
            stream.finish()
            return (tmp_path / "screen").read_bytes().decode()

        yield stream, arrived


def test_what_is_written_stands_whole_above_the_block_that_is_kept_below(screen):
    stream, arrived = screen
    stream.write("one\n")
    stream.keep_below("a\nb")
    stream.write("two\n")
    stream.keep_below("c\nd")
    stream.write("three")
    stream.leave_below()
    stream.write("four\n")
    assert arrived() == (f"one\na\nb{ERASED}two\na\nb{ERASED}c\nd{ERASED}three\nc\nd\nfour\n")


def test_a_block_that_is_left_at_the_end_gets_its_line_end(screen):
    stream, arrived = screen
    stream.keep_below("a\nb")
    assert arrived() == "a\nb\n"


def test_lines_of_many_threads_stand_whole_above_the_block(tmp_path):
    with (tmp_path / "screen").open("wb") as file:
        stream = QueuedText(file.fileno())

        def talk(name: str) -> None:
            for number in range(100):
                stream.write(f"{name} {number} whole\n")
                stream.keep_below(f"{name}\n{number}")

        threads = [threading.Thread(target=talk, args=(name,)) for name in "abcd"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        stream.finish()
        assert stream.lost_lines == 0
    written = (tmp_path / "screen").read_bytes().decode().split("\n")
    whole = [line.rpartition("\x1b[2K")[2] for line in written if line.endswith("whole")]
    assert sorted(whole) == sorted(f"{name} {n} whole" for name in "abcd" for n in range(100))


def test_a_line_that_is_lost_counts_once_and_the_block_not_at_all(screen):
    stream, arrived = screen
    stream.keep_below("a\nb")
    stream.write("x" * 2000 + "\n")
    stream.keep_below("y" * 2000)
    assert arrived() == "a\nb\n"
    assert stream.lost_lines == 1


def test_nothing_that_is_written_above_a_block_is_no_line(pipe):
    """Rich writes nothing at the end of each capture: it left an empty line each time."""
    reader, writer = pipe
    stream = QueuedText(writer)
    stream.keep_below("block")
    assert stream.write("") == 0
    stream.write("line\n")
    stream.finish()
    assert read(reader, b"block\n") == b"block\r\x1b[2Kline\nblock\n"
