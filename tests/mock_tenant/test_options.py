"""Options that contradict themselves do not exist."""

from __future__ import annotations

import pytest

from cxone_async.mock_tenant import TenantOptions


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("client_id", ""),
        ("client_secret", ""),
        ("token_lifetime_s", 0),
        ("campaigns", frozenset()),
        ("lists", frozenset()),
        ("segments", frozenset()),
        ("allowed_countries", ()),
        ("allowed_countries", ("US", "us")),
        ("required_fields", ("phone", "fax")),
        ("quota_per_minute", -1),
        ("quota_window", "rolling"),
        ("throttle_share", 1.0),
        ("throttle_share", -0.1),
        ("import_latency_s", -1.0),
        ("import_latency_s", float("nan")),
        ("import_latency_sigma", float("inf")),
        ("transient_share", 1.1),
        ("permanent_share", float("nan")),
        ("transient_attempts", 0),
    ],
)
def test_a_wrong_option_is_named(name, value):
    with pytest.raises(ValueError, match=name):
        TenantOptions(**{name: value})


def test_the_two_shares_of_refusals_do_not_overlap():
    TenantOptions(transient_share=0.5, permanent_share=0.5)
    with pytest.raises(ValueError, match="together"):
        TenantOptions(transient_share=0.6, permanent_share=0.5)


def test_the_secret_is_not_shown():
    assert "hush" not in repr(TenantOptions(client_secret="hush"))
