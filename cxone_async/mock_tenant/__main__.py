"""The stand-in tenant as a program: `python -m cxone_async.mock_tenant`.

It prints where it listens when it is ready, and the command that imports a list into it. It exits
with 0 on SIGTERM or SIGINT, with 64 for a wrong option, with 78 for an address that cannot be bound
or a file that cannot be used, and with 73 when the state file cannot be written any more.

The server is loaded when the options are known to be right.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from typing import Final, NoReturn

from cxone_async.mock_tenant.import_line import import_line
from cxone_async.mock_tenant.options import CONTACT_FIELDS, TenantOptions
from cxone_async.mock_tenant.program_files import CannotUseError, ProgramFiles, add_file_options

SECRET_VARIABLE: Final = "MOCK_TENANT_CLIENT_SECRET"  # noqa: S105 - a name, not a secret

EXAMPLES: Final = """\
examples:
  cxone-async mock-tenant --port 8080
  cxone-async mock-tenant --quota 60 --import-latency-s 2 --dnc-enabled"""

EXIT_USAGE: Final = 64
EXIT_CANNOT_WRITE: Final = 73
EXIT_CONFIGURATION: Final = 78


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(EXIT_USAGE, f"{self.prog}: {message}\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Run until a signal; return the exit code. `argv` excludes the program's name."""
    try:
        host, port, options, files = _parse(sys.argv[1:] if argv is None else argv)
    except SystemExit as leaving:  # argparse leaves by exception, for --help too
        return leaving.code if isinstance(leaving.code, int) else EXIT_USAGE
    import asyncio  # noqa: PLC0415  slow to load

    try:
        return asyncio.run(_serve(options, host, port, files))
    except CannotUseError as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_CONFIGURATION
    except OSError as error:
        sys.stderr.write(f"cannot listen on {host} port {port}: {error.strerror or error}\n")
        return EXIT_CONFIGURATION


async def _serve(options: TenantOptions, host: str, port: int, files: ProgramFiles) -> int:
    import asyncio  # noqa: PLC0415  slow to load

    from cxone_async.mock_tenant.server import serving  # noqa: PLC0415  slow to load

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    with files.opened() as opened:
        async with serving(
            options,
            host,
            port,
            tls=opened.tls,
            keeper=opened.state_file,
            request_log=opened.request_log,
        ) as tenant:
            tenant.broken.add_done_callback(lambda _: stop.set())
            _say_ready(options, tenant.base_url, files)
            await stop.wait()
    if not tenant.broken.done():
        return 0
    sys.stderr.write(f"{files.state}: {tenant.broken.result()}; what it holds is whole\n")
    return EXIT_CANNOT_WRITE


def _say_ready(options: TenantOptions, base_url: str, files: ProgramFiles) -> None:
    line = import_line(options, base_url, _secret_in_a_shell(options), files.tls_cert)
    sys.stdout.write(f"mock tenant listening on {base_url}\n")
    sys.stdout.write(f"import a list into it, from another terminal:\n{line}\n")
    sys.stdout.flush()


def _secret_in_a_shell(options: TenantOptions) -> str:
    """Return what gives the secret to the import: a secret that somebody chose is not printed."""
    if options.client_secret == TenantOptions().client_secret:
        return options.client_secret
    chosen = options.client_secret == os.environ.get(SECRET_VARIABLE)
    return f'"${SECRET_VARIABLE}"' if chosen else "SECRET"


def _parse(argv: Sequence[str]) -> tuple[str, int, TenantOptions, ProgramFiles]:
    parser = _parser()
    given = vars(parser.parse_args(argv))
    host, port = given.pop("host"), given.pop("port")
    if not 0 <= port <= 65535:
        parser.error("argument --port: must be between 0 and 65535")
    try:
        files = ProgramFiles.taken_from(given)
    except ValueError as error:
        parser.error(str(error))
    if "client_secret" not in given and os.environ.get(SECRET_VARIABLE):
        given["client_secret"] = os.environ[SECRET_VARIABLE]
    for name in ("campaigns", "lists", "segments", "closed_segments"):
        if name in given:
            given[name] = frozenset(given[name])
    try:
        return host, port, TenantOptions(**given), files
    except ValueError as error:
        parser.error(str(error))


def _parser() -> _Parser:
    # SUPPRESS leaves out options that are not given: TenantOptions sets the defaults.
    parser = _Parser(
        prog="cxone-async mock-tenant",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="A stand-in CXone tenant (contact-lists dialect), kept in memory.\n"
        "GET /_stats shows what happened, /_stats?full=1 with every contact; /healthz and\n"
        "/metrics are there too. POST /_reset makes it a new one.",
        epilog=EXAMPLES,
        argument_default=argparse.SUPPRESS,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    add("--port", type=int, default=0, help="port to listen on; 0 takes a free one (default: 0)")
    add("--seed", type=int, help="seed of refusals, latencies and order of results (default: 0)")

    sign_in = parser.add_argument_group("signing in")
    add = sign_in.add_argument
    add("--client-id", metavar="ID", help="the client that may sign in (default: demo-client)")
    add(
        "--client-secret",
        metavar="SECRET",
        help=f"its secret (default: ${SECRET_VARIABLE}, else demo-secret)",
    )
    add("--scopes", type=_words, metavar="LIST", help="scopes of every token (default: all four)")
    add("--token-lifetime-s", type=int, metavar="S", help="default: 3600")

    known = parser.add_argument_group("campaigns, lists and segments")
    add = known.add_argument
    for flag, name, known_by_default in (
        ("--campaign", "campaigns", "demo-campaign"),
        ("--list-id", "lists", "demo-list"),
        ("--segment-id", "segments", "demo-segment"),
        ("--closed-segment-id", "closed_segments", "none; it takes nobody"),
    ):
        add(
            flag,
            dest=name,
            action="append",
            metavar="ID",
            help=f"one that exists; may be repeated (default: {known_by_default})",
        )
    add("--allowed-countries", type=_words, metavar="LIST", help="default: US,CA")
    add("--dnc-enabled", action="store_true", help="switch on do-not-call in the campaign")
    add(
        "--required-fields",
        type=_words,
        metavar="LIST",
        help=f"some of {','.join(CONTACT_FIELDS)}; may be empty (default: not stated, which means "
        "phone,email)",
    )

    traffic = parser.add_argument_group("traffic")
    add = traffic.add_argument
    add(
        "--quota",
        type=int,
        dest="quota_per_minute",
        metavar="N",
        help="requests a minute, 0 for no limit (default: 0)",
    )
    add("--quota-window", choices=("sliding", "fixed"), help="default: sliding")
    add(
        "--throttle-share",
        type=float,
        metavar="SHARE",
        help="share of requests answered 429 at random (default: 0)",
    )

    imports = parser.add_argument_group("imports")
    add = imports.add_argument
    add(
        "--import-latency-s",
        type=float,
        metavar="S",
        help="median time from submission to COMPLETED (default: 0)",
    )
    add(
        "--import-latency-sigma",
        type=float,
        metavar="SIGMA",
        help="its lognormal spread, 0 for none (default: 0)",
    )
    add(
        "--transient-share",
        type=float,
        metavar="SHARE",
        help="share of contacts that are refused for a while (default: 0)",
    )
    add(
        "--transient-attempts",
        type=int,
        metavar="N",
        help="how often such a contact is refused before it is accepted (default: 1)",
    )
    add(
        "--permanent-share",
        type=float,
        metavar="SHARE",
        help="share of contacts that are refused for good (default: 0)",
    )
    add(
        "--refuse-duplicates",
        action="store_true",
        help="refuse a contact if its phone, email and names are already on the list",
    )
    add_file_options(parser)
    return parser


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.replace(",", " ").split())


if __name__ == "__main__":
    sys.exit(main())
