"""A download from a file whose answers are written down: what is kept and what starts over."""

import pytest

from cxone_async.errors import RemoteUnreachableError, UnreadableInputError
from cxone_async.remote.download import Copied, current_version, download, move_copy, read_record
from cxone_async.remote.port import Version, unreachable

pytestmark = pytest.mark.slow

VERSION = Version(6, "one")


class Scripted:
    """A file elsewhere; each attempt yields the pieces of one script, an error ends it."""

    shown = "sftp://host/list.csv"

    def __init__(self, *scripts):
        self.scripts = list(scripts)
        self.offsets = []

    async def version(self):
        if self.scripts:
            raise self.scripts.pop(0)
        return VERSION

    async def pieces(self, offset, version):
        self.offsets.append(offset)
        for piece in self.scripts.pop(0):
            if isinstance(piece, Exception):
                raise piece
            yield piece


def away():
    return unreachable(Scripted.shown, "no answer")


@pytest.fixture
def target(tmp_path):
    return tmp_path / "input"


async def test_the_version_is_asked_for_more_than_once():
    assert await current_version(Scripted(away(), away()), (0, 0)) == VERSION
    with pytest.raises(RemoteUnreachableError):
        await current_version(Scripted(away(), away(), away()), (0, 0))


async def test_an_answer_that_ends_early_without_an_error_goes_on(target):
    file = Scripted([b"abc"], [b"d"], [b"ef"])
    await download(file, VERSION, target, (0,))
    assert (target.read_bytes(), file.offsets) == (b"abcdef", [0, 3, 4])


async def test_attempts_that_bring_nothing_new_end_the_download_and_the_part_stays(target):
    file = Scripted([b"abc", away()], [away()], [away()])
    with pytest.raises(RemoteUnreachableError):
        await download(file, VERSION, target, (0,))
    assert not target.exists()
    later = Scripted([b"def"])
    await download(later, VERSION, target, (0,))
    assert (target.read_bytes(), later.offsets) == (b"abcdef", [3])


async def test_more_bytes_than_the_version_has_are_a_change(target):
    with pytest.raises(UnreadableInputError, match="has changed"):
        await download(Scripted([b"abcdefg"]), VERSION, target, ())
    assert not target.exists()


@pytest.mark.parametrize("record", [b"", b"{", b'{"uri": 1}'])
async def test_a_part_of_which_nothing_is_known_is_not_used(target, record):
    target.with_name(".input.part").write_bytes(b"xyz")
    target.with_name(".input.part.json").write_bytes(record)
    await download(Scripted([b"abcdef"]), VERSION, target, ())
    assert target.read_bytes() == b"abcdef"
    assert read_record(target) == Copied(Scripted.shown, VERSION)


def test_a_copy_without_a_record_moves_without_one(tmp_path):
    (tmp_path / "one").write_bytes(b"abc")
    move_copy(tmp_path / "one", tmp_path / "two")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["two"]
