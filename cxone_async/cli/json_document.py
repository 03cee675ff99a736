"""`--json`: the answer of a command as one JSON document on standard output.

Guarantee: with `--json` standard output holds exactly one document and a line end, also when the
command is used wrongly, fails or is stopped by a signal. `--help` alone has precedence. Whether
`--json` was given is read from the arguments, because a usage error ends a command before its flags
are known.

The document has these members:

* `command`, `version`, `exit_code`;
* `result`: what the command found out, null when it ended before that;
* `error`: why it ended early: `message`, and `reasons` where a guard judged rows; else null.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from cxone_async import __version__

ANSWERS_IN_JSON: Final = frozenset(
    {
        "import",
        "plan",
        "verify",
        "explain",
        "doctor",
        "runs",
        "status",
        "compare",
        "purge",
        "prune",
        "ledger",
    }
)


@dataclass(slots=True)
class JsonDocument:
    """The document of this process, if it is wanted; written once."""

    command: str = ""
    is_wanted: bool = False
    _error: Mapping[str, object] | None = None
    _is_written: bool = False

    def begin(self, arguments: Sequence[str]) -> None:
        """Read whether the document is wanted."""
        self.command = arguments[0] if arguments else ""
        flags = arguments[: arguments.index("--")] if "--" in arguments else arguments
        self.is_wanted = self.command in ANSWERS_IN_JSON and "--json" in flags
        self._error, self._is_written = None, False

    def note_error(self, message: str, reasons: Sequence[Mapping[str, object]] = ()) -> None:
        """Note why the command ends early; the first reason counts."""
        if self._error is None:
            self._error = {"message": message, **({"reasons": reasons} if reasons else {})}

    def write_result(self, result: object, exit_code: int) -> None:
        """Write the document of a command that came to a result."""
        self._write(result, None, exit_code)

    def write_error(self, exit_code: int) -> None:
        """Write the document of a command that came to none; nothing after a result or success."""
        if self.is_wanted and exit_code and not self._is_written:
            error = self._error or {"message": f"ended with {exit_code}"}
            self._write(None, error, exit_code)

    def _write(self, result: object, error: Mapping[str, object] | None, exit_code: int) -> None:
        self._is_written = True
        document = {
            "command": self.command,
            "version": __version__,
            "exit_code": exit_code,
            "result": result,
            "error": error,
        }
        sys.stdout.write(json.dumps(document, separators=(",", ":")) + "\n")
        sys.stdout.flush()


@cache
def json_document() -> JsonDocument:
    """Return the document of this process."""
    return JsonDocument()
