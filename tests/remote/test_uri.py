"""What a URI names, and what of it may be shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxone_async.errors import UsageError
from cxone_async.remote.uri import parse, parse_prefix, scheme_of, shown


@pytest.mark.parametrize(
    ("uri", "scheme"),
    [
        ("s3://b/k", "s3"),
        ("HTTPS://h/p", "https"),
        ("list.csv", ""),
        ("folder/a://b", ""),
        ("C:/list.csv", ""),
        ("-", ""),
        ("://x", ""),
        ("3s://x", ""),
    ],
)
def test_a_scheme_is_told_from_a_path(uri, scheme):
    assert scheme_of(uri) == scheme


@pytest.mark.parametrize(
    ("uri", "said"),
    [
        ("https://ann:secret@host/a.csv", "https://host/a.csv"),
        ("https://ann@host/a.csv", "https://host/a.csv"),
        ("HTTPS://host/a.csv?X-Amz-Signature=secret", "https://host/a.csv?..."),
        ("https://host/a.csv#secret", "https://host/a.csv?..."),
        ("https://ann:se@cret@host/a@b.csv", "https://host/a@b.csv"),
        ("sftp://ann:secret@host:2022/a.csv", "sftp://host:2022/a.csv"),
        ("https://ann:se/cret@host/a.csv", "https://..."),
        ("https://ann:se?cret@host/a.csv", "https://..."),
        ("sftp://ann:#secret@host/a.csv", "sftp://..."),
        ("https://[::1]:8443/a.csv", "https://[::1]:8443/a.csv"),
        ("ftp://ann:secret@host/a.csv", "ftp://host/a.csv"),
        ("folder/a?b", "folder/a?b"),
    ],
)
def test_what_may_be_shown(uri, said):
    assert shown(uri) == said


def said_of(uri):
    try:
        return repr(parse(uri))
    except UsageError as error:
        return str(error)


@given(st.sampled_from(["https", "sftp", "ftp"]), st.text(), st.text(), st.text())
def test_no_login_and_no_query_is_ever_shown(scheme, user, path, query):
    login = f"{user}SECRET".translate(dict.fromkeys(map(ord, "/?#")))
    for uri in (f"{scheme}://{login}@host/{path}", f"{scheme}://host/p?SECRET{query}"):
        assert "SECRET" not in shown(uri)
        assert "SECRET" not in said_of(uri)


@pytest.mark.parametrize(
    ("uri", "path", "said"),
    [
        ("s3://b", "", "s3://b/"),
        ("s3://b/", "", "s3://b/"),
        ("gs://b/p", "p/", "gs://b/p/"),
        ("az://b/p/q//", "p/q/", "az://b/p/q/"),
    ],
)
def test_a_place_for_files_ends_with_a_slash(uri, path, said):
    place = parse_prefix(uri)
    assert (place.path, place.shown) == (path, said)


@pytest.mark.parametrize(
    "uri", ["out/", "", "https://host/p/", "sftp://host/p/", "s3://", "s3:///p/", "s3://a:x@b/p/"]
)
def test_other_places_for_files_are_refused(uri):
    with pytest.raises(UsageError):
        parse_prefix(uri)


def test_an_address_of_version_6_and_a_port_are_read():
    uri = parse("https://[::1]:8443/list.csv")
    assert (uri.host, uri.port) == ("::1", 8443)
