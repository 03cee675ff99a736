"""The exception tree, which is also the retry policy and the table of exit codes.

Guarantee: every exception the service raises on purpose descends from `CXoneError`.
The two halves of the tree answer two different questions:

* `RequestError` says what became of one request, and so what may be done next. The
  leaf's `decision` is the whole retry policy; no other code looks at a status number.
* `RunError` says why a run cannot go on; the leaf's `exit_code` is what the process
  returns (the numbers follow sysexits.h where that has one).

Messages never carry a phone, an email, a name, a token or a secret: they are printed
and logged as they are.
"""

from enum import Enum, auto
from typing import ClassVar


class Decision(Enum):
    """What may be done after a request that did not succeed."""

    SEND_AGAIN = auto()  # the tenant did not process it: the same request may go out again
    WAIT_THEN_SEND_AGAIN = auto()  # likewise, after a pause that everybody keeps
    UNKNOWN_FATE = auto()  # it may have been processed: only the semantics setting decides
    SPLIT = auto()  # the tenant refuses this content: find the part that it refuses
    GIVE_UP_REQUEST = auto()  # this request will never succeed, others may
    STOP_RUN = auto()  # no request of this run will succeed


class CXoneError(Exception):
    """Root of everything that cxone_async raises on purpose."""


class RequestError(CXoneError):
    """One request to the tenant did not succeed; `decision` says what that allows.

    `status` is the HTTP status, or 0 when no answer arrived. `retry_after_s` is how long the
    tenant asked to wait, None when it named no time.
    """

    decision: ClassVar[Decision]

    def __init__(
        self, message: str, *, status: int = 0, retry_after_s: float | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.retry_after_s = retry_after_s


class NotSentError(RequestError):
    """The connection could not be made: not one byte of the request left."""

    decision = Decision.SEND_AGAIN


class RateLimitedError(RequestError):
    """429 or 503: not processed."""

    decision = Decision.WAIT_THEN_SEND_AGAIN


class AmbiguousError(RequestError):
    """Bytes left and no usable answer came back: the tenant may have processed it."""

    decision = Decision.UNKNOWN_FATE


class NotFoundError(RequestError):
    """404: the tenant does not know (yet) what the request names."""

    decision = Decision.GIVE_UP_REQUEST


class ContentRefusedError(RequestError):
    """400, 413 or 422: the tenant refuses this content.

    `index` is the position of the offending contact when the tenant named one, `code`
    its error code ("" when it gave none).
    """

    decision = Decision.SPLIT

    def __init__(
        self, message: str, *, status: int, code: str = "", index: int | None = None
    ) -> None:
        super().__init__(message, status=status)
        self.code = code
        self.index = index


class RunError(CXoneError):
    """The run cannot go on. `exit_code` is what the process returns."""

    exit_code: ClassVar[int]
    decision: ClassVar[Decision] = Decision.STOP_RUN


class GuardTrippedError(RunError):
    """The share of duplicates or failures passed its limit; resumable."""

    exit_code = 4


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


class CannotWriteError(RunError):
    """The run directory or a file in it cannot be written."""

    exit_code = 73


class InterruptedRunError(RunError):
    """Stopped by a signal after draining; resumable."""

    exit_code = 75


class RunDirectoryBusyError(RunError):
    """Another living process holds the run directory."""

    exit_code = 75


class AccessRefusedError(RunError):
    """The tenant refuses the credentials, or they lack a scope."""

    exit_code = 77


class ConfigurationError(RunError):
    """What was configured does not exist at the tenant or does not fit the run directory."""

    exit_code = 78
