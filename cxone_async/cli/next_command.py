"""The next command after an import, ready to copy.

Guarantee: a command that is shown is one line for a shell, alone on its line, and holds no secret.
Where no such line can be written, words say what to do. Pure: what is known of files comes in.
"""

import shlex
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cxone_async.notifications.next_step import AFTER_STOP
from cxone_async.printable import printable
from cxone_async.remote.uri import scheme_of, shown

RESUMABLE: Final = frozenset({69, 73, 75})
"""Exit codes after which the same command goes on, once the cause is gone."""

_SECRET: Final = frozenset({"--notify"})
"""Flags whose value is a secret. The result of a run does not depend on them."""

_OF_THE_OLD_INPUT: Final = frozenset(
    {
        *("--run-dir", "--output", "--skip-lines", "--sheet", "--member", "--decisions"),
        *("--min-rows", "--expect-rows", "--expect-columns", "--marker", "--wait"),
    }
)
"""Flags that say something of the first input, or of where its result went."""

_REPLAY_OF: Final = "--replay-of"

_SWITCHES_OF_THE_OLD_INPUT: Final = frozenset({"--strict-columns", "--accept-journal-loss"})

_OTHER_IN_REJECTS: Final = ("utf-16", "utf16", "utf-32", "utf32")
"""Encodings that rejects.csv does not keep: it is UTF-8 then."""


@dataclass(frozen=True, slots=True)
class NextCommand:
    """What to do next: words, and the command or "" where there is none to copy."""

    words: str
    command: str = ""

    def lines(self) -> Iterator[str]:
        """Yield the lines to print; the command stands alone on its line."""
        yield f"{'next':<17} {self.words}{':' if self.command else ''}"
        if self.command:
            yield self.command


def program_of(typed: Sequence[str]) -> tuple[str, ...]:
    """Return how the program was called, given everything that was typed (`sys.orig_argv`)."""
    if "-m" in typed:
        begun = tuple(typed[: typed.index("-m") + 2])
        if begun[-1:] == ("cxone_async",):
            return begun
    return ("cxone-async",)


def after_stop(
    program: Sequence[str], arguments: Sequence[str], exit_code: int, *, is_given_again: bool
) -> NextCommand | None:
    """Return how to go on after an import that ended early; None when there is no going on.

    `is_given_again` is False when what was typed names a pipe or standard input: the same line
    would wait for it.
    """
    if exit_code not in RESUMABLE:
        return NextCommand(AFTER_STOP[exit_code]) if exit_code == 4 else None
    if not is_given_again:
        return NextCommand("the same command with the same input goes on")
    kept, left_out = _without(arguments, _SECRET)
    command = _one_line(program, kept)
    if not command:
        return NextCommand("the same command goes on (not shown: it holds a secret, or is no line)")
    cause = {69: ", once CXone answers", 73: ", once that can be written"}.get(exit_code, "")
    return NextCommand(f"to go on{cause}{_left_out(left_out)}", command)


def after_rejects(
    program: Sequence[str],
    arguments: Sequence[str],
    csv: str,
    rejects: Path,
    directory: Path | None,
) -> NextCommand:
    """Return how to import `rejects` once it is corrected.

    `csv` is the input as it was typed, `directory` where the next run goes; None when its name is
    made of its input.
    """
    words = "correct rejects.csv, then"
    if list(arguments).count(csv) != 1:
        return NextCommand(f"{words} import it")
    at = list(arguments).index(csv)
    renamed = [*arguments[:at], str(rejects), *arguments[at + 1 :]]
    kept, _ = _without(renamed, _OF_THE_OLD_INPUT, _SWITCHES_OF_THE_OLD_INPUT)
    kept, replayed = _without(kept, {_REPLAY_OF})
    if replayed or _can_be_continued(arguments):
        kept += [_REPLAY_OF, str(rejects.parent)]
    kept, _ = _without(kept, {"--encoding"}, values=_OTHER_IN_REJECTS)
    kept, left_out = _without(kept, _SECRET)
    if directory is not None:
        kept += ["--run-dir", str(directory)]
    command = _one_line(program, kept)
    if not command:
        return NextCommand(f"{words} import it")
    return NextCommand(f"{words} import it{_left_out(left_out)}", command)


def _can_be_continued(arguments: Sequence[str]) -> bool:
    """Whether a ledger was typed, so that another run finds whom this one has sent."""
    flags = {one.partition("=")[0] for one in arguments}
    return "--ledger" in flags and flags.isdisjoint({"--again", "--dry-run"})


def _without(
    arguments: Sequence[str],
    flags: Collection[str],
    switches: Collection[str] = (),
    values: Sequence[str] = ("",),
) -> tuple[list[str], list[str]]:
    """Return the arguments without these flags, and the flags that were there.

    A flag goes with its value, and only when the value begins with one of `values`.
    """
    kept: list[str] = []
    found: list[str] = []
    left = list(arguments)
    while left:
        first = left.pop(0)
        flag, equals, value = first.partition("=")
        if first in switches:
            continue
        if flag not in flags:
            kept.append(first)
            continue
        given = [first]
        if not equals and left:
            value = left.pop(0)
            given.append(value)
        if value.lower().startswith(tuple(values)):
            found.append(flag)
        else:
            kept += given
    return kept, found


def _one_line(program: Sequence[str], arguments: Sequence[str]) -> str:
    """Return a line for a shell; "" when it would hold a secret or could not be one line."""
    words = [*program, *arguments]
    if any(printable(word) != word or _holds_secret(word) for word in words):
        return ""
    return shlex.join(words)


def _holds_secret(word: str) -> bool:
    value = word.partition("=")[2] if word.startswith("--") else word
    return any(scheme_of(one) and shown(one) != one for one in (word, value))


def _left_out(flags: Sequence[str]) -> str:
    return f" (add {flags[0]} again: it is a secret)" if flags else ""
