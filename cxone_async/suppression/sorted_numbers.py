"""Millions of numbers in a sorted file of 8 bytes each, searched by bisection.

A Python set of a hundred million numbers takes 10 GB. The file takes 800 MB, and of that only the
pages that are looked at are in memory.

Numbers are doubles. A double holds every whole number below 2**53 exactly, that is every phone
number (E.164 has at most 15 digits), and lists of doubles are sorted twice as fast as lists of
integers. Emails are held as two independent parts of a BLAKE2b digest, of 56 bits each and made
into doubles: of 10**20 emails that are not listed, about one is taken for one of five million that
are.

Both files are unnamed: they are gone with the last process that holds them, however it ends, and
nobody else can open them.
"""

import mmap
import os
import struct
import tempfile
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO, Final

from cxone_async.contacts.suppression_digits import MOST_DIGITS
from cxone_async.errors import CannotWriteError

SORTED_AT_ONCE: Final = 250_000
"""Numbers that are sorted in memory, in 10 MB. Sorting them takes a tenth of a second, during
which nothing else of the process runs."""

_NUMBER_BYTES: Final = 8
_MERGED_AT_ONCE: Final = 4096
_SIGNPOST_EVERY: Final = 1024
"""Every so manyth number is held in memory, which halves the time of a look-up."""
_LIMB_BYTES: Final = 7
_EXPONENT: Final = b"\x3f"
"""The highest byte of a double. With it, any seven bytes below make a double of their own, positive
and finite."""


class NumberSorter:
    """Takes numbers in any order. `sealed` returns them sorted."""

    def __init__(self, directory: Path | None) -> None:
        """Keep what does not fit into memory in an unnamed file in `directory`.

        None means the system's directory for temporary files.
        """
        self._directory = directory
        self._waiting: list[float] = []
        self._file: BinaryIO | None = None
        self._run_lengths: list[int] = []

    def __len__(self) -> int:
        return sum(self._run_lengths) + len(self._waiting)

    def add(self, numbers: Sequence[float]) -> None:
        """Take numbers. Whole ones are exact below 2**53. Raises CannotWriteError."""
        self._waiting += numbers
        if len(self._waiting) >= SORTED_AT_ONCE:
            self._write_run()

    def in_memory(self) -> Sequence[float] | None:
        """Return the numbers, unsorted, if all of them are still in memory."""
        return None if self._file else self._waiting

    def sealed(self) -> "SortedNumbers":
        """Return the numbers in a sorted file. Nothing can be added afterwards.

        Raises CannotWriteError.
        """
        self._write_run()
        runs = self._file
        assert runs is not None  # noqa: S101  a run was written
        with runs, _writing():
            if len(self._run_lengths) == 1:
                return SortedNumbers.mapped(os.dup(runs.fileno()))
            with tempfile.TemporaryFile(dir=self._directory) as target:
                for numbers in self._merged(runs.fileno()):
                    numbers.tofile(target)
                target.flush()
                return SortedNumbers.mapped(os.dup(target.fileno()))

    def close(self) -> None:
        """Forget everything."""
        if self._file:
            self._file.close()

    def _write_run(self) -> None:
        self._waiting.sort()
        with _writing():
            if self._file is None:
                self._file = tempfile.TemporaryFile(dir=self._directory)  # noqa: SIM115  closed by close()
            array("d", self._waiting).tofile(self._file)
            self._file.flush()
        self._run_lengths.append(len(self._waiting))
        self._waiting = []

    def _merged(self, descriptor: int) -> Iterator["array[float]"]:
        """Yield all runs as one sorted sequence, without ever holding more than a part of each."""
        runs, start = [], 0
        for length in self._run_lengths:
            runs.append(_Run(descriptor, start, start + length))
            start += length
        while runs := [run for run in runs if run.fill()]:
            # Whatever is up to here in any run is in memory now.
            limit = min(run.last for run in runs)
            merged: list[float] = []
            for run in runs:
                merged += run.up_to(limit)
            merged.sort()  # joins sorted parts in linear time
            yield array("d", merged)


class _Run:
    """A sorted part of a file, read piece by piece."""

    def __init__(self, descriptor: int, start: int, stop: int) -> None:
        self._descriptor = descriptor
        self._next = start
        self._stop = stop
        self._held: array[float] = array("d")

    @property
    def last(self) -> float:
        """The largest number in memory."""
        return self._held[-1]

    def fill(self) -> bool:
        """Read the next piece if none is left in memory; say whether there is one."""
        if not self._held and self._next < self._stop:
            count = min(_MERGED_AT_ONCE, self._stop - self._next)
            self._held = array("d")
            self._held.frombytes(
                os.pread(self._descriptor, count * _NUMBER_BYTES, self._next * _NUMBER_BYTES)
            )
            self._next += count
        return bool(self._held)

    def up_to(self, limit: float) -> "array[float]":
        """Take what is not above `limit` out of memory."""
        end = bisect_right(self._held, limit)
        taken, self._held = self._held[:end], self._held[end:]
        return taken


class SortedNumbers:
    """A sorted file of numbers. Pickled, it is the descriptor: a child that has it can map it."""

    def __init__(self, descriptor: int, mapped: mmap.mmap) -> None:
        self.descriptor = descriptor
        self._mapped = mapped
        self._view = memoryview(mapped).cast("d")
        self._signposts: list[float] = []  # made where they are needed

    @classmethod
    def mapped(cls, descriptor: int) -> "SortedNumbers":
        """Map the file that `descriptor` names, read-only."""
        return cls(descriptor, mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ))

    def __reduce__(self) -> tuple[object, tuple[int]]:
        return SortedNumbers.mapped, (self.descriptor,)

    def __len__(self) -> int:
        return len(self._view)

    def __contains__(self, number: float) -> bool:
        view = self._view
        if not self._signposts:
            self._signposts = [float(number) for number in view[::_SIGNPOST_EVERY]]
        start = (bisect_right(self._signposts, number) - 1) * _SIGNPOST_EVERY
        if start < 0:
            return False
        at = bisect_left(view, number, start, min(start + _SIGNPOST_EVERY, len(view)))
        return at < len(view) and view[at] == number

    def close(self) -> None:
        """Give the file back."""
        self._view.release()
        self._mapped.close()
        os.close(self.descriptor)


class SortedList:
    """A `LongList` of phones and of emails; either may be missing."""

    def __init__(
        self, phones: SortedNumbers | None, emails: tuple[SortedNumbers, SortedNumbers] | None
    ) -> None:
        self._phones = phones
        self._emails = emails

    @property
    def descriptors(self) -> tuple[int, ...]:
        """The files that a child process needs."""
        return tuple(numbers.descriptor for numbers in self._files())

    def has_phone(self, phone: str) -> bool:
        number = number_of(phone)
        return self._phones is not None and number is not None and number in self._phones

    def has_email(self, email: str) -> bool:
        if self._emails is None or not email:
            return False
        (one,), (other,) = limbs_of((email,))
        return one in self._emails[0] and other in self._emails[1]

    def close(self) -> None:
        """Give the files back."""
        for numbers in self._files():
            numbers.close()

    def _files(self) -> Iterator[SortedNumbers]:
        if self._phones is not None:
            yield self._phones
        if self._emails is not None:
            yield from self._emails


def number_of(digits: str) -> float | None:
    """Return E.164 digits as the number that stands for them, and for no others.

    None when there is none: too many digits, or a zero in front.
    """
    if 0 < len(digits) <= MOST_DIGITS and digits[0] != "0" and digits.isascii():
        return float(digits)
    return None


def limbs_of(emails: Collection[str]) -> tuple[Sequence[float], Sequence[float]]:
    """Return two independent numbers for each email."""
    digests = [
        blake2b(email.encode("utf-8", "surrogatepass"), digest_size=2 * _LIMB_BYTES).digest()
        for email in emails
    ]
    both = b"".join(
        [one[:_LIMB_BYTES] + _EXPONENT + one[_LIMB_BYTES:] + _EXPONENT for one in digests]
    )
    numbers = struct.unpack(f"<{2 * len(digests)}d", both)
    return numbers[::2], numbers[1::2]


@contextmanager
def _writing() -> Iterator[None]:
    """Translate what the operating system says about the temporary files."""
    try:
        yield
    except OSError as error:
        raise CannotWriteError(
            f"a file for the suppression list cannot be written: {error.strerror}"
        ) from error
