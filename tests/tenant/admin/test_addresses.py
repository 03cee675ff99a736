"""Where a token may go, and where it may not."""

import pytest

from cxone_async.errors import ConfigurationError, UsageError
from cxone_async.tenant.admin.addresses import GLOBAL, addresses_of, checked_version


@pytest.mark.parametrize("area", ["na1", "AU1", "eu1", "uk1", "na2"])
def test_an_area_gives_the_host_of_the_sign_in(area: str) -> None:
    addresses = addresses_of(area=area)
    assert addresses.access_key == f"https://{area.lower()}.nice-incontact.com"
    assert (addresses.shared, addresses.api) == (GLOBAL, None)


@pytest.mark.parametrize(
    "area", ["", "n", "na1.evil.example", "na1/", "na1@evil", "-na", "na 1", "é1"]
)
def test_what_is_no_area_leads_nowhere(area: str) -> None:
    with pytest.raises(ConfigurationError, match="is not an area"):
        addresses_of(area=area)


def test_one_origin_serves_everything() -> None:
    addresses = addresses_of(base_url="http://127.0.0.1:8080/")
    assert addresses.access_key == addresses.shared == "http://127.0.0.1:8080"


def test_an_area_and_a_base_url_are_not_given_together_and_one_must_be() -> None:
    with pytest.raises(UsageError):
        addresses_of(area="na1", base_url="https://tenant.example")
    with pytest.raises(UsageError):
        addresses_of()


@pytest.mark.parametrize(
    "url",
    [
        "https://api-na1.niceincontact.com",
        "https://api-c31.nice-incontact.com/",
        "https://API-NA1.NICEINCONTACT.COM",
        "https://cxone-gov.niceincontact.com:443",
        "https://niceincontact.com",
    ],
)
def test_a_host_of_the_vendor_may_be_discovered(url: str) -> None:
    assert addresses_of(area="na1").discovered(url) == url.lower().rstrip("/")


@pytest.mark.parametrize(
    "url",
    [
        "https://niceincontact.com.evil.example",
        "https://evilniceincontact.com",
        "https://api-na1.niceincontact.co",
        "http://api-na1.niceincontact.com",
        "https://user:pw@api-na1.niceincontact.com",
        "https://evil.example/?.niceincontact.com",
        "https://evil.example#.niceincontact.com",
        "https://evil.example\\.niceincontact.com",
        "https://127.0.0.1:8080",
        "http://127.0.0.1:8080",
        "https://[::1]",
        "ftp://api-na1.niceincontact.com",
        "",
        "api-na1.niceincontact.com",
    ],
)
def test_any_other_host_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        addresses_of(area="na1").discovered(url)
    assert "--base-url" not in str(refused.value)  # nobody gave it


def test_a_refused_host_is_named_with_the_flag_that_admits_it() -> None:
    with pytest.raises(ConfigurationError, match=r"--allow-host api\.tenant\.example admits it"):
        addresses_of(area="na1").discovered("https://api.tenant.example")


def test_a_host_that_is_allowed_by_name_is_used() -> None:
    addresses = addresses_of(area="na1", allowed_hosts=frozenset({"API.tenant.example"}))
    assert addresses.discovered("https://api.tenant.example") == "https://api.tenant.example"
    with pytest.raises(ConfigurationError):
        addresses.discovered("https://other.tenant.example")


def test_loopback_admits_loopback_and_nothing_else_does() -> None:
    local = addresses_of(base_url="http://localhost:8080")
    assert local.discovered("http://127.0.0.1:9000") == "http://127.0.0.1:9000"
    with pytest.raises(ConfigurationError):
        addresses_of(base_url="https://cxone.niceincontact.com").discovered("http://127.0.0.1")


@pytest.mark.parametrize("version", ["34.0", "8.0", "30.0"])
def test_a_version_is_a_number_with_a_zero(version: str) -> None:
    assert checked_version(version) == version


@pytest.mark.parametrize("version", ["", "34", "v34.0", "34.1", "0.0", "34.0/..", "34.0\n"])
def test_what_is_no_version_does_not_get_into_a_path(version: str) -> None:
    with pytest.raises(ConfigurationError, match="is not a version"):
        checked_version(version)
