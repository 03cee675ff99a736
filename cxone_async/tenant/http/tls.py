"""TLS: which certificates are trusted and shown, and why a handshake with the tenant failed.

Files are read once, when the client is made. `SSL_CERT_FILE` adds authorities to the system's, as
it does for every program with OpenSSL; but one that cannot be used is refused here, where OpenSSL
would say nothing. Messages hold paths and no content.
"""

import os
import ssl
from pathlib import Path
from typing import Final, NoReturn

from cxone_async.errors import ConfigurationError, why_unreadable
from cxone_async.tenant.access import Network

SYSTEM_VARIABLE: Final = "SSL_CERT_FILE"

_NO_TRUST: Final = frozenset({18, 19, 20, 21})
_WRONG_HOST: Final = frozenset({62, 64})
_EXPIRED, _NOT_YET_VALID = 10, 9
"""X509_V_ERR_*, as OpenSSL's x509_vfy.h numbers them."""

_ALERTS: Final = {
    "CERTIFICATE_REQUIRED": "it wants a client certificate (--client-cert-file)",
    "HANDSHAKE_FAILURE": "it refused the handshake; it may want a client certificate",
    "UNKNOWN_CA": "it does not trust the client certificate",
    "BAD_CERTIFICATE": "it refuses the client certificate",
    "CERTIFICATE_EXPIRED": "it says that the client certificate has expired",
    "CERTIFICATE_REVOKED": "it says that the client certificate is revoked",
}
"""What the other side's alert means; OpenSSL's reasons end in these words."""


def tls_of(network: Network) -> ssl.SSLContext | bool:
    """Return the context of a connection; True is aiohttp's own, with the system's authorities.

    Raises ConfigurationError for a file that cannot be read or holds something else, and for a
    certificate and a key that do not fit each other.
    """
    from_system = os.environ.get(SYSTEM_VARIABLE)
    if network.ca_file is None and network.client_cert_file is None and not from_system:
        return True
    if network.ca_file is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        _trust(context, "CA file", network.ca_file)
    else:
        context = _trusting_the_system(from_system)
    context.set_alpn_protocols(["http/1.1"])
    if network.client_cert_file is not None:
        _show(context, network.client_cert_file, network.client_key_file)
    return context


def tls_of_others(network: Network) -> ssl.SSLContext | bool:
    """Return the context for hosts that are not the tenant; True is aiohttp's own.

    They are trusted on the system's word or on that of `network.ca_file`, and are shown no
    certificate. Raises ConfigurationError for a file that cannot be read or holds something else.
    """
    from_system = os.environ.get(SYSTEM_VARIABLE)
    if network.ca_file is None and not from_system:
        return True
    context = _trusting_the_system(from_system)
    if network.ca_file is not None:
        _trust(context, "CA file", network.ca_file)
    return context


def _trusting_the_system(variable: str | None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if variable:
        _trust(context, SYSTEM_VARIABLE, Path(variable))
    return context


def _trust(context: ssl.SSLContext, what: str, path: Path) -> None:
    _refuse_unreadable(what, path)
    try:
        context.load_verify_locations(cafile=path)
    except ssl.SSLError:
        raise ConfigurationError(f"{what} {path} holds no certificates in PEM form") from None


def _show(context: ssl.SSLContext, certificate: Path, key: Path | None) -> None:
    _refuse_unreadable("client certificate file", certificate)
    if key is not None:
        _refuse_unreadable("client key file", key)
    in_question = f"client certificate file {certificate}"
    if key is not None:
        in_question += f", client key file {key}"

    def refuse_encrypted() -> NoReturn:  # without it OpenSSL asks at the terminal
        raise ConfigurationError(f"{in_question}: the key is encrypted; give one that is not")

    try:
        context.load_cert_chain(certificate, key, password=refuse_encrypted)
    except ssl.SSLError as error:
        why = (
            "the key is not that of the certificate"
            if error.reason == "KEY_VALUES_MISMATCH"
            else "not a certificate and its key in PEM form"
        )
        raise ConfigurationError(f"{in_question}: {why}") from None


def _refuse_unreadable(what: str, path: Path) -> None:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{what} {path} {why_unreadable(error)}") from error
    if not content.strip():
        raise ConfigurationError(f"{what} {path} is empty")


def untrusted(error: Exception) -> str:
    """Say why the tenant's certificate is not trusted."""
    code = error.verify_code if isinstance(error, ssl.SSLCertVerificationError) else 0
    if code == _EXPIRED:
        return "its certificate has expired"
    if code == _NOT_YET_VALID:
        return "its certificate is not valid yet, or the clock here is slow"
    if code in _WRONG_HOST:
        return "its certificate is for another host name"
    if code in _NO_TRUST:
        return "its certificate is from nobody who is trusted here (--ca-file)"
    return "its certificate is not trusted"


def refused_by_server(error: BaseException) -> str:
    """Say what the TLS alert means that an error of aiohttp was raised for; "" when it is none."""
    alert_of = error.__cause__
    reason = str(alert_of.reason) if isinstance(alert_of, ssl.SSLError) else ""
    return next((said for alert, said in _ALERTS.items() if reason.endswith(alert)), "")
