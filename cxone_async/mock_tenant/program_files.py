"""The files of the stand-in as a program: certificate, request log and state."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cxone_async.mock_tenant.keeper import CannotKeepError

if TYPE_CHECKING:  # they are slow to load, and most programs name no file
    import ssl

    from cxone_async.mock_tenant.request_log import RequestLog
    from cxone_async.mock_tenant.state_file import StateFile


class CannotUseError(Exception):
    """A file that was named cannot be used; the words say which and why."""


@dataclass(frozen=True, slots=True)
class OpenedFiles:
    """The files, open; None for one that was not named."""

    tls: ssl.SSLContext | None
    request_log: RequestLog | None
    state_file: StateFile | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramFiles:
    """Which files were named."""

    tls_cert: Path | None = None
    tls_key: Path | None = None
    request_log: Path | None = None
    state: Path | None = None

    @classmethod
    def taken_from(cls, given: dict[str, Any]) -> ProgramFiles:
        """Take the options of `add_file_options` out of those given. Raises ValueError."""
        files = cls(**{name: given.pop(name) for name in cls.__slots__ if name in given})
        if files.tls_key and not files.tls_cert:
            raise ValueError("argument --tls-key: needs --tls-cert")
        return files

    @contextmanager
    def opened(self) -> Iterator[OpenedFiles]:
        """Open the files while the context is. Raises `CannotUseError`."""
        with ExitStack() as stack:
            tls = self._tls()
            request_log = self._opened_request_log()
            if request_log:
                stack.callback(request_log.close)
            state_file = self._opened_state()
            if state_file:
                stack.callback(state_file.close)
            yield OpenedFiles(tls, request_log, state_file)

    def _tls(self) -> ssl.SSLContext | None:
        if not self.tls_cert:
            return None
        import ssl  # noqa: PLC0415  slow to load

        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        try:
            # The password of a key would be asked for on the terminal, where there may be none.
            context.load_cert_chain(self.tls_cert, self.tls_key, password="")
        except (OSError, ValueError) as error:
            why = getattr(error, "reason", None) or getattr(error, "strerror", None) or "no use"
            named = f"--tls-cert {self.tls_cert}"
            named += f" and --tls-key {self.tls_key}" if self.tls_key else ""
            raise CannotUseError(f"{named}: {why}") from None
        return context

    def _opened_request_log(self) -> RequestLog | None:
        if not self.request_log:
            return None
        from cxone_async.mock_tenant.request_log import RequestLog  # noqa: PLC0415  slow to load

        try:
            return RequestLog(self.request_log)
        except OSError as error:
            raise CannotUseError(f"--request-log {self.request_log}: {error.strerror}") from None

    def _opened_state(self) -> StateFile | None:
        if not self.state:
            return None
        from cxone_async.mock_tenant.state_file import StateFile  # noqa: PLC0415  slow to load

        try:
            return StateFile(self.state)
        except CannotKeepError as error:
            raise CannotUseError(f"--state {self.state}: {error}") from None


def add_file_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that name files."""
    add = parser.add_argument_group("files").add_argument
    for flag, meaning in (
        ("--tls-cert", "speak HTTPS, with this certificate (PEM)"),
        ("--tls-key", "its key, unless it is in the same file"),
        ("--request-log", "append a JSON line for each request, without anything of a contact"),
        (
            "--state",
            "keep what it accepted here, over restarts; it holds contacts, and 1 GiB at most",
        ),
    ):
        add(flag, type=Path, metavar="FILE", help=meaning)
