"""The command that the stand-in prints, for a person to paste."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from cxone_async.mock_tenant.import_line import import_line, reachable_here
from cxone_async.mock_tenant.options import TenantOptions


def test_the_line_is_one_command_for_a_shell_and_names_what_the_tenant_knows():
    options = TenantOptions(
        client_id="me",
        lists=frozenset({"b list", "a list"}),
        campaigns=frozenset({"c"}),
        segments=frozenset({"s"}),
        quota_per_minute=60,
    )
    line = import_line(options, "http://127.0.0.1:8080", '"$SECRET"')
    assert max(map(len, line.splitlines())) <= 80
    assert shlex.split(line.replace("\\\n", " ")) == [
        "CXONE_CLIENT_SECRET=$SECRET", "cxone-async", "import", "contacts.csv",
        "--base-url", "http://127.0.0.1:8080", "--client-id", "me", "--list-id", "a list",
        "--campaign-id", "c", "--segment-id", "s", "--quota", "60",
    ]  # fmt: skip


def test_a_tenant_with_a_certificate_is_trusted_by_it():
    line = import_line(TenantOptions(), "https://127.0.0.1:8443", "s", Path("/etc/a cert.pem"))
    assert shlex.split(line.replace("\\\n", " "))[-2:] == ["--ca-file", "/etc/a cert.pem"]


@pytest.mark.parametrize(
    ("listens_on", "reached_by"),
    [
        ("http://0.0.0.0:8080", "http://127.0.0.1:8080"),
        ("https://[::]:8443", "https://[::1]:8443"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://tenant.example:80", "http://tenant.example:80"),
    ],
)
def test_a_server_on_all_addresses_is_reached_over_the_loopback(listens_on, reached_by):
    assert reachable_here(listens_on) == reached_by
