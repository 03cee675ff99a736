"""The exception tree. It is also the retry classification and the table of exit codes.

Errors of the input, the tenant, the disk and the configuration descend from `CXoneError`. From
Python, a wrong argument raises ValueError (pydantic's ValidationError is one). The tree has two
halves:

* `RequestError`: one request did not succeed. `retry` says what may be done next;
  `load.attempts` reads it, and a test asks it for a decision on every leaf.
* `RunError`: the run cannot go on. `exit_code` is what the process returns (numbers from
  sysexits.h where that has one).

Messages are printed and logged unchanged, so they must not contain a phone, an email, a name, a
token or a secret. Tests run whole commands on marked data and look for it.
"""

import errno
import resource
from enum import Enum, auto
from pathlib import Path
from typing import ClassVar, Final, NamedTuple


class RetryRule(Enum):
    """What may be done after a request that did not succeed."""

    SEND_AGAIN = auto()  # not processed: the same request may go out again
    SEND_AGAIN_AFTER_PAUSE = (
        auto()
    )  # not processed; the rate limiter holds all requests for a while
    AMBIGUOUS = auto()  # perhaps processed: what the request does decides
    SPLIT = auto()  # the tenant refuses the content: find the part that it refuses
    GIVE_UP = auto()  # this request will never succeed, others may
    STOP_RUN = auto()  # no request of this run will succeed


class CXoneError(Exception):
    """Root of everything that cxone_async raises on purpose."""


class RequestError(CXoneError):
    """One request to the tenant did not succeed; `retry` says what that allows.

    `status` is the HTTP status, or 0 when no answer arrived. `retry_after_s` is how long the
    tenant asked to wait, None when it named no time.
    """

    retry: ClassVar[RetryRule]

    def __init__(
        self, message: str, *, status: int = 0, retry_after_s: float | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.retry_after_s = retry_after_s


class NotSentError(RequestError):
    """The connection could not be made: not one byte of the request left."""

    retry = RetryRule.SEND_AGAIN


class RateLimitedError(RequestError):
    """429 or 503: not processed."""

    retry = RetryRule.SEND_AGAIN_AFTER_PAUSE


class AmbiguousError(RequestError):
    """Bytes left and no usable answer came back: the tenant may have processed it."""

    retry = RetryRule.AMBIGUOUS


class NotFoundError(RequestError):
    """404: the tenant does not know (yet) what the request names."""

    retry = RetryRule.GIVE_UP


class ContentRefusedError(RequestError):
    """400, 413 or 422: the tenant refuses this content.

    `index` is the position of the offending contact when the tenant named one, `code`
    its error code ("" when it gave none).
    """

    retry = RetryRule.SPLIT

    def __init__(
        self, message: str, *, status: int, code: str = "", index: int | None = None
    ) -> None:
        super().__init__(message, status=status)
        self.code = code
        self.index = index


class RunError(CXoneError):
    """The run cannot go on. `exit_code` is what the process returns."""

    exit_code: ClassVar[int]
    retry: ClassVar[RetryRule] = RetryRule.STOP_RUN

    def begin_with(self, words: str) -> None:
        """Put words before the message."""
        self.args = (f"{words}: {self}", *self.args[1:])


class CommonReason(NamedTuple):
    """Why many rows have the outcome that tripped a guard.

    `reason` is a reason code, or the rule of a duplicate. `rows` of the `of_rows` rows that were
    judged have it; `first_rows` names the first two. It holds nothing of a contact.
    """

    outcome: str
    reason: str
    rows: int
    of_rows: int
    first_rows: tuple[int, ...]


class GuardTrippedError(RunError):
    """A guard stopped the run: too few rows, or too many bad ones; resumable.

    `reasons` are the commonest reasons of the bad rows, the largest first.
    """

    exit_code = 4

    def __init__(self, message: str, reasons: tuple[CommonReason, ...] = ()) -> None:
        super().__init__(message)
        self.reasons = reasons


class UsageError(RunError):
    """The command line, a setting or a column name is not one that is accepted."""

    exit_code = 64


class UnreadableInputError(RunError):
    """The input is not a CSV of contacts."""

    exit_code = 65


class MissingInputError(RunError):
    """There is no such input file."""

    exit_code = 66


class TenantUnreachableError(RunError):
    """The tenant could not be reached, or the deadline passed; resumable."""

    exit_code = 69


class OutOfMemoryError(RunError):
    """Memory ran out twice at the same place, or a preparing process was killed there twice."""

    exit_code = 70


class CannotWriteError(RunError):
    """The run directory or a file in it cannot be written."""

    exit_code = 73


class InterruptedRunError(RunError):
    """Stopped by a signal after draining; resumable."""

    exit_code = 75


class PreparationKilledError(RunError):
    """A preparing process was killed; resumable."""

    exit_code = 75


class MemoryShortageError(RunError):
    """Memory ran out, for the first time at this place; resumable."""

    exit_code = 75


class RunDirectoryBusyError(RunError):
    """Another living process holds the run directory, or the ledger."""

    exit_code = 75


class RemoteUnreachableError(RunError):
    """The place of the input, or that of `--output`, gives no answer; resumable."""

    exit_code = 75


class AccessRefusedError(RunError):
    """The tenant, or the place of a file, refuses the credentials, or they lack a scope."""

    exit_code = 77


class ConfigurationError(RunError):
    """What was configured does not exist at the tenant or does not fit the run directory."""

    exit_code = 78


def why_unreadable(error: Exception) -> str:
    """Return why a file cannot be read, as the rest of a sentence that begins with its name.

    It holds nothing of what the file holds.
    """
    match error:
        case FileNotFoundError() | NotADirectoryError():
            return "does not exist"
        case IsADirectoryError():
            return "is a directory, not a file"
        case PermissionError():
            return "may not be read by this user"
        case UnicodeDecodeError():
            return "is not text in UTF-8"
        case OSError(strerror=str(said)):
            return f"cannot be read: {said}"
    return f"cannot be read ({type(error).__name__})"


EXIT_INTERNAL: Final = 70
"""The exit code of a command that ends by a defect of this program."""

_SAID_BY_OTHERS: Final = (
    (RuntimeError, "can't start new thread"),
    (ImportError, "failed to map segment from shared object"),
    (ImportError, "cannot allocate memory"),
)
"""What Python and the loader of libraries raise when they are refused memory."""


_LEAST_ROOM_BYTES: Final = 4 << 20
"""What a library takes that is loaded: a process that cannot have it cannot go on."""

_NEAR_BYTES: Final = 8 << 20
"""Who was refused this much or less was so near to the limit."""


def is_want_of_memory(error: BaseException | None) -> bool:
    """Say whether the error, or what it was raised for, is a refusal of memory.

    A thread that cannot be started is one: it has no room for its stack. So is any error while
    there is hardly any memory left, or once there was: libraries that are refused it raise what
    they like, and what was in their way may be gone by now.
    """
    return _says_want_of_memory(error) or not _has_room() or _was_short()


def _has_room() -> bool:
    try:
        bytearray(_LEAST_ROOM_BYTES)
    except MemoryError:
        return False
    return True


def _was_short() -> bool:
    """Say whether this process was ever near to what `ulimit -v` allows (Linux)."""
    limit_bytes, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit_bytes == resource.RLIM_INFINITY:
        return False
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii", errors="replace").split("\n")
        (peak_kib,) = [line.split()[1] for line in lines if line.startswith("VmPeak:")]
    except (OSError, ValueError, MemoryError):
        return False
    return int(peak_kib) * 1024 > limit_bytes - _NEAR_BYTES


def _says_want_of_memory(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, MemoryError) or (
            isinstance(error, OSError) and error.errno == errno.ENOMEM
        ):
            return True
        text = str(error).lower()
        if any(isinstance(error, kind) and said in text for kind, said in _SAID_BY_OTHERS):
            return True
        error = error.__cause__ or error.__context__
    return False
