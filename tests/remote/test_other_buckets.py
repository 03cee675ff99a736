"""gs:// and az://: the requests that go out, and what is said of the answers.

The server is one of the tests' own. It knows paths, not what Google's and Azure's servers know.
"""

import json
import os
from pathlib import Path
from urllib.parse import unquote

import pytest

from cxone_async.errors import (
    AccessRefusedError,
    ConfigurationError,
    MissingInputError,
    RemoteUnreachableError,
    UsageError,
)
from cxone_async.remote.open import open_remote
from cxone_async.remote.output import clear_output, copy_to_output
from cxone_async.remote.uri import parse

pytestmark = pytest.mark.slow

pytest.importorskip("obstore")

CONTENT = b"phone,email\n+12025550101,a@example.com\n"
FRIDAY = "Fri, 06 Nov 2026 06:00:00 GMT"
PATH = "/lists/night/list.csv"
SCHEMES = ("gs", "az")
KEY = "VEhFLVNFQ1JFVA=="


@pytest.fixture
def bare(monkeypatch, tmp_path):
    """An environment without credentials, in which none are looked for on the network."""
    for name in [one for one in os.environ if one.startswith(("AZURE_", "GOOGLE_", "AWS_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "absent.json"))


@pytest.fixture
def cloud(web, bare, monkeypatch, tmp_path):
    """Credentials that name the web server as Google's and as Azure's."""
    account = {
        "type": "service_account",
        "gcs_base_url": f"https://{web.host}",
        "disable_oauth": True,
        "client_email": "",
        "private_key": "",
        "private_key_id": "",
    }
    (tmp_path / "account.json").write_text(json.dumps(account))
    monkeypatch.setenv("GOOGLE_SERVICE_ACCOUNT", str(tmp_path / "account.json"))
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS")
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_NAME", "account")
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_KEY", KEY)
    monkeypatch.setenv("AZURE_STORAGE_ENDPOINT", f"https://{web.host}")
    return web


async def content_of(uri):
    file = open_remote(parse(uri))
    version = await file.version()
    return b"".join([piece async for piece in file.pieces(0, version)])


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_an_object_is_read(cloud, scheme):
    cloud.put(PATH, CONTENT, etag='"one"', last_modified=FRIDAY)
    assert await content_of(f"{scheme}://lists/night/list.csv") == CONTENT
    assert {unquote(path) for path, _ in cloud.requests} == {PATH}


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, AccessRefusedError),
        (403, AccessRefusedError),
        (404, MissingInputError),
        (400, ConfigurationError),
        (503, RemoteUnreachableError),
    ],
)
async def test_what_the_server_answers_is_said(cloud, scheme, status, error):
    cloud.put(PATH, CONTENT, answers=[status], etag='"one"', last_modified=FRIDAY)
    with pytest.raises(error, match=f"^{scheme}://lists/night/list.csv: ") as raised:
        await content_of(f"{scheme}://lists/night/list.csv")
    assert KEY not in str(raised.value)


async def test_files_are_copied_there(cloud, tmp_path):
    (tmp_path / "last.csv").write_bytes(CONTENT)
    await clear_output("gs://lists/out", "last.csv")
    await copy_to_output(tmp_path, ["absent.csv", "last.csv"], "gs://lists/out")
    assert [path for path, _ in cloud.pages.items()] == ["/lists/out/last.csv"]
    assert cloud.pages["/lists/out/last.csv"].content == CONTENT


@pytest.mark.parametrize(
    ("scheme", "named"),
    [("gs", "GOOGLE_APPLICATION_CREDENTIALS"), ("az", "AZURE_STORAGE_ACCOUNT_NAME")],
)
async def test_without_credentials_access_is_refused_and_their_place_is_named(bare, scheme, named):
    uri = f"{scheme}://lists/night/list.csv"
    with pytest.raises(AccessRefusedError, match=f"they belong in .*{named}"):
        await content_of(uri)
    with pytest.raises(AccessRefusedError, match=named):
        await copy_to_output(Path(), ["list.csv"], uri)


async def test_credentials_that_cannot_be_read_are_refused_and_not_shown(bare, monkeypatch):
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_NAME", "account")
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_KEY", "not base64")
    with pytest.raises(AccessRefusedError) as raised:
        await content_of("az://lists/night/list.csv")
    assert "not base64" not in str(raised.value)


@pytest.mark.parametrize("scheme", ["s3", "gs", "az"])
@pytest.mark.parametrize("rest", ["", "/", "bucket", "bucket/", "bucket/folder/", "a:SECRET@b/c"])
def test_what_names_no_object_is_a_usage_error(scheme, rest):
    with pytest.raises(UsageError, match=f"^{scheme}://") as raised:
        parse(f"{scheme}://{rest}")
    assert "SECRET" not in str(raised.value)
