"""What a status means, as a line of a dialect's table, and the error that it becomes.

Each dialect has tables of its own: that 429 means "not processed" is the promise of a dialect,
not of HTTP.
"""

from typing import NamedTuple

from cxone_async.errors import ContentRefusedError, CXoneError, RequestError
from cxone_async.tenant.http.answer import Answer


class Meaning(NamedTuple):
    """The error that a status stands for, and the reason that its message gives."""

    error: type[CXoneError]
    reason: str

    def raised(
        self,
        answer: Answer,
        doing: str,
        *,
        note: str = "",
        code: str = "",
        index: int | None = None,
    ) -> CXoneError:
        """Return the error for an answer, ready to be raised.

        `note` is said in brackets at the end. It, `code` and `index` are for the caller to have
        checked: nothing of a body gets into a message unseen.
        """
        message = f"{doing}: the tenant answered {answer.status}: {self.reason}"
        if note:
            message += f" ({note})"
        if self.error is ContentRefusedError:
            return ContentRefusedError(message, status=answer.status, code=code, index=index)
        if issubclass(self.error, RequestError):
            return self.error(message, status=answer.status, retry_after_s=answer.retry_after_s)
        return self.error(message)
