"""Ends a command that cannot go on: one line on standard error, and an exit code.

Guarantee: an error ends in one line, not in a traceback. A `RunError` ends with its own exit code.
Any other `Exception` is an internal error (70): its type and place are logged, but not its text,
which might hold a contact's data.

The line is written without the log library, which loads too slowly for a usage error. It reads the
same as the log: where logs are JSON, it is the event `run_stopped`.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import NoReturn

from cxone_async.cli.json_document import json_document
from cxone_async.cli.process import EXIT_STOPPED, StoppedBySignal, signal_that_came
from cxone_async.cli.termination import termination_message
from cxone_async.errors import EXIT_INTERNAL, CommonReason, RunError, is_want_of_memory
from cxone_async.log_context import run_names
from cxone_async.printable import printable
from cxone_async.standard_streams import standard_error


@contextmanager
def reporting_errors(*, as_json: bool) -> Iterator[None]:
    """Turn what the block raises into a line and an exit code. Raises SystemExit."""
    try:
        yield
    except RunError as error:
        say_stopped(str(error), error.exit_code, as_json=as_json)
        raise SystemExit(error.exit_code) from None
    except StoppedBySignal as stopped:
        end_stopped(stopped, as_json=as_json)
    except Exception as error:
        if (number := signal_that_came()) is not None:  # what was raised for it became an error
            end_stopped(StoppedBySignal(number), as_json=as_json)
        if is_want_of_memory(error):
            _end_for_want_of_memory(error, as_json=as_json)
        try:
            from cxone_async.logs import configure, log_internal_error  # noqa: PLC0415  slow to load

            configure(json=as_json, level="error")
            log_internal_error(error)
        except Exception as second:
            if not is_want_of_memory(second):
                raise
            _end_for_want_of_memory(second, as_json=as_json)
        say_stopped(
            f"internal error ({type(error).__name__}); please report the place logged above",
            EXIT_INTERNAL,
            as_json=as_json,
        )
        raise SystemExit(EXIT_INTERNAL) from None


def _end_for_want_of_memory(error: BaseException, *, as_json: bool) -> NoReturn:
    """Say that memory ran out, or why the command ended before it could not end as it should."""
    while not isinstance(error, RunError) and error.__context__ is not None:
        error = error.__context__
    known = isinstance(error, RunError)
    code = error.exit_code if isinstance(error, RunError) else EXIT_INTERNAL
    message = str(error)
    if not known:
        message = "memory ran out; allow more, then run the command again"
        with suppress(Exception):  # there may be no memory to say how much there is
            from cxone_async.runs.memory_limit import memory_in_words  # noqa: PLC0415

            message = f"memory ran out: {memory_in_words()}; allow more, then run the command again"
    say_stopped(message, code, as_json=as_json)
    raise SystemExit(code) from None


def end_stopped(stopped: StoppedBySignal, *, as_json: bool) -> NoReturn:
    """Say which signal ends the command. Raises SystemExit."""
    say_stopped(stopped.message, EXIT_STOPPED, as_json=as_json)
    raise SystemExit(EXIT_STOPPED)


def say_stopped(
    message: str, exit_code: int, *, as_json: bool, reasons: Sequence[CommonReason] = ()
) -> None:
    """Say why a command ends early: a plain line for a person, an event in JSON.

    The event holds `reasons`, the commonest of the rows that tripped a guard. With `--json` the
    document will say the same.
    """
    message = printable(message)
    document = json_document()
    found = [_as_keys(one) for one in reasons] if as_json or document.is_wanted else []
    document.note_error(message, found)
    termination_message().note_stop(message, exit_code)
    line = f"cxone-async: {message}"
    if as_json:
        line = json.dumps(
            {
                "message": message,
                "exit_code": exit_code,
                **({"reasons": found} if found else {}),
                **(names.as_keys() if (names := run_names()) else {}),
                "event": "run_stopped",
                "level": "error",
                "timestamp": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
            },
            ensure_ascii=False,
            separators=(",", ":"),
        )
    standard_error().write(f"{line}\n")
    standard_error().finish()


def _as_keys(reason: CommonReason) -> dict[str, object]:
    from cxone_async.report.wording import way_out  # noqa: PLC0415  slow to load

    return {**reason._asdict(), "way_out": way_out(reason.outcome, reason.reason)}
