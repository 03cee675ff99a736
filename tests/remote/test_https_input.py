"""Lists on a web server: whole or not at all, and what a server may answer."""

import base64
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from cxone_async.errors import (
    AccessRefusedError,
    ConfigurationError,
    MissingInputError,
    RemoteUnreachableError,
    UnreadableInputError,
    UsageError,
)
from cxone_async.remote.open import open_remote
from cxone_async.remote.uri import parse
from cxone_async.runs.run_directory import enter_run_directory
from cxone_async.source.input import open_input
from cxone_async.source.remote_input import RemoteInput

pytestmark = pytest.mark.slow

pytest.importorskip("obstore")

CONTENT = b"phone,email\n" + b"+12025550101,a@example.com\n" * 100_000
OTHER = CONTENT.replace(b"0101", b"0102")
MONDAY = "Mon, 02 Nov 2026 06:00:00 GMT"
TUESDAY = "Tue, 03 Nov 2026 06:00:00 GMT"
RUN = Path("run")


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


async def entered(uri):
    source = RemoteInput(open_remote(parse(uri)), pauses_s=(0, 0, 0))
    async with AsyncExitStack() as stack:
        run = await enter_run_directory(stack, source, RUN, ("l",))
        return run, b"".join([block async for block in run.input.blocks()])


async def content(uri):
    return (await entered(uri))[1]


def all_bytes(directory):
    return b"".join(path.read_bytes() for path in directory.iterdir())


def begin():
    """Make the directory that of an import that has begun."""
    (RUN / "journal.db").touch()


async def test_a_file_is_copied_whole(web):
    web.put("/night/list a.csv", CONTENT, etag='"one"')
    run, found = await entered(f"https://{web.host}/night/list%20a.csv")
    assert found == CONTENT
    assert run.input.name == f"https://{web.host}/night/list%20a.csv"


async def test_a_download_that_breaks_off_goes_on_where_it_stopped(web):
    web.put("/list.csv", CONTENT, answers=[200, 0, 0, 200], etag='"one"')
    assert await content(f"https://{web.host}/list.csv") == CONTENT
    starts = [int(one.removeprefix("bytes=").rstrip("-")) for one in web.ranges()]
    assert len(starts) == 2
    assert 0 < starts[0] < starts[1]


@pytest.mark.parametrize("answers", [[500], [200, 503], [429, 200, 502], [408]])
async def test_what_may_be_over_soon_is_tried_again(web, answers):
    web.put("/list.csv", CONTENT, answers=answers, etag='"one"')
    assert await content(f"https://{web.host}/list.csv") == CONTENT


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_what_is_not_over_ends_the_run_and_the_same_command_goes_on(web, status):
    web.put("/list.csv", CONTENT, answers=[status] * 4, etag='"one"')
    with pytest.raises(RemoteUnreachableError, match=f"the server answers {status}$") as raised:
        await entered(f"https://{web.host}/list.csv")
    assert raised.value.exit_code == 75
    assert len(web.requests) == 4
    assert await content(f"https://{web.host}/list.csv") == CONTENT


@pytest.mark.parametrize(
    ("status", "error", "code"),
    [
        (401, AccessRefusedError, 77),
        (403, AccessRefusedError, 77),
        (404, MissingInputError, 66),
        (410, MissingInputError, 66),
        (400, ConfigurationError, 78),
        (409, ConfigurationError, 78),
    ],
)
async def test_what_is_refused_is_not_asked_twice(web, status, error, code):
    web.put("/list.csv", CONTENT, answers=[status])
    with pytest.raises(error, match=r"^https://127\.0\.0\.1:\d+/list\.csv: ") as raised:
        await entered(f"https://{web.host}/list.csv")
    assert raised.value.exit_code == code
    assert "SECRET" not in str(raised.value)
    assert raised.value.__cause__ is None
    assert len(web.requests) == 1


@pytest.mark.parametrize("weak", ["", "W/"])
async def test_a_file_that_changes_between_two_requests_is_refused(web, weak):
    web.put("/list.csv", CONTENT, etag=f'{weak}"one"')
    file = open_remote(parse(f"https://{web.host}/list.csv"))
    version = await file.version()
    web.put("/list.csv", OTHER, etag=f'{weak}"two"')
    with pytest.raises(UnreadableInputError, match="has changed while it was read"):
        await anext(file.pieces(0, version))


async def test_a_range_that_is_no_longer_there_is_a_change(web):
    web.put("/list.csv", CONTENT, answers=[200, 0, 416], etag='"one"')
    with pytest.raises(UnreadableInputError, match="has changed while it was read"):
        await entered(f"https://{web.host}/list.csv")


async def test_a_redirect_to_nowhere_is_said(web):
    web.put("/list.csv", CONTENT, answers=[302])
    with pytest.raises(ConfigurationError, match=r"the server answers 301$"):
        await entered(f"https://{web.host}/list.csv")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"etag": '"one"'}, {"etag": '"two"'}),
        ({"etag": 'W/"one"'}, {"etag": 'W/"two"'}),
        ({"last_modified": MONDAY}, {"last_modified": TUESDAY}),
        ({}, {}),
    ],
)
async def test_a_list_that_changed_since_the_run_began_is_refused(web, first, second):
    web.put("/list.csv", CONTENT, **first)
    await entered(f"https://{web.host}/list.csv")
    begin()
    web.put("/list.csv", OTHER, **second)
    with pytest.raises(UnreadableInputError, match="has changed since this run began"):
        await entered(f"https://{web.host}/list.csv")


@pytest.mark.parametrize("headers", [{"etag": 'W/"one"'}, {"last_modified": MONDAY}])
async def test_a_file_is_known_again_by_a_weak_tag_or_its_time(web, headers):
    web.put("/list.csv", CONTENT, answers=[200, 0, 200], **headers)
    assert await content(f"https://{web.host}/list.csv") == CONTENT
    assert len(web.ranges()) == 1
    begin()
    asked = len(web.requests)
    assert await content(f"https://{web.host}/list.csv") == CONTENT
    assert len(web.requests) == asked + 1


async def test_without_tag_and_time_a_broken_download_starts_over(web):
    web.put("/list.csv", CONTENT, answers=[200, 0, 200])
    assert await content(f"https://{web.host}/list.csv") == CONTENT
    assert web.ranges() == []


async def test_a_server_that_sends_whole_files_only_is_asked_for_the_whole_file(web):
    web.put("/list.csv", CONTENT, answers=[200, 0], etag='"one"', ranges=False)
    assert await content(f"https://{web.host}/list.csv") == CONTENT


async def test_a_file_of_unknown_length_is_refused(web):
    web.put("/list.csv", CONTENT, length=False)
    with pytest.raises(UnreadableInputError, match="does not say how long the file is"):
        await entered(f"https://{web.host}/list.csv")


async def test_a_certificate_that_nobody_vouches_for_is_refused(web, monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE")
    web.put("/list.csv", CONTENT)
    with pytest.raises(AccessRefusedError, match="certificate is not trusted"):
        await entered(f"https://{web.host}/list.csv")
    assert web.requests == []


async def test_a_login_and_a_signature_are_sent_and_not_shown(web):
    web.put("/list.csv", CONTENT, etag='"one"')
    run, _ = await entered(f"https://ann:p%40ss@{web.host}/list.csv?sig=SIGNATURE&x=%2F#part")
    asked, headers = web.requests[-1]
    assert asked == "/list.csv?sig=SIGNATURE&x=%2F"
    assert headers["authorization"] == f"Basic {base64.b64encode(b'ann:p@ss').decode()}"
    written = all_bytes(RUN)
    for hidden in ("SIGNATURE", "p%40ss", "p@ss", "ann"):
        assert hidden not in run.input.uri + run.input.name + run.input.location
        assert hidden.encode() not in written


async def test_a_new_signature_is_for_the_same_file(web):
    web.put("/list.csv", CONTENT, etag='"one"')
    await entered(f"https://{web.host}/list.csv?sig=monday")
    begin()
    asked = len(web.requests)
    assert await content(f"https://{web.host}/list.csv?sig=tuesday") == CONTENT
    assert len(web.requests) == asked + 1


async def test_a_login_is_not_handed_on_to_another_server(web, another_web):
    another_web.put("/list.csv", CONTENT, etag='"one"')
    web.put("/list.csv", b"", answers=[302] * 2, location=f"https://{another_web.host}/list.csv")
    assert await content(f"https://ann:pass@{web.host}/list.csv") == CONTENT
    assert all("authorization" in headers for _, headers in web.requests)
    assert not any("authorization" in headers for _, headers in another_web.requests)


async def test_a_redirect_to_a_line_without_tls_is_not_followed(web):
    web.put("/list.csv", b"", answers=[302] * 8, location="http://127.0.0.1:9/list.csv")
    with pytest.raises(RemoteUnreachableError):
        await entered(f"https://{web.host}/list.csv")


@pytest.mark.parametrize(
    "uri",
    ["https://", "https://host", "https://host/", "https:///list.csv", "https://host:port/x"],
)
def test_what_names_no_file_is_a_usage_error(uri):
    with pytest.raises(UsageError):
        open_input(uri)


@pytest.mark.parametrize("uri", ["http://a:SECRET@host/x?SECRET", "ftp://a:SECRET@host/x#SECRET"])
def test_a_line_without_tls_is_not_supported_and_its_uri_is_not_shown_in_full(uri):
    with pytest.raises(MissingInputError, match="not supported") as raised:
        open_input(uri)
    assert "SECRET" not in str(raised.value)
