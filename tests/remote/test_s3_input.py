"""Lists in a bucket: fetched whole, once, and as the run began with them."""

import stat
from contextlib import AsyncExitStack
from hashlib import sha256
from pathlib import Path

import pytest

from cxone_async.errors import (
    AccessRefusedError,
    CannotWriteError,
    ConfigurationError,
    MissingInputError,
    RemoteUnreachableError,
    UnreadableInputError,
    UsageError,
)
from cxone_async.remote.download import download
from cxone_async.remote.object_store import _translation
from cxone_async.remote.open import open_remote
from cxone_async.remote.uri import parse
from cxone_async.runs.run_directory import INPUT_COPY, enter_run_directory
from cxone_async.source.input import open_input
from cxone_async.source.remote_input import RemoteInput

pytestmark = pytest.mark.slow

requests = pytest.importorskip("requests")  # moto brings it

URI = "s3://lists/night/list.csv"
CONTENT = b"phone,email\n" + b"+12025550101,a@example.com\n" * 200_000
OTHER = CONTENT.replace(b"0101", b"0102")
RUN = Path("run")


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


async def entered(uri=URI, path=RUN, pauses_s=None):
    source = open_input(uri)
    if pauses_s is not None:
        source = RemoteInput(open_remote(parse(uri)), pauses_s)
    async with AsyncExitStack() as stack:
        run = await enter_run_directory(stack, source, path, ("l",))
        content = b"".join([block async for block in run.input.blocks()])
        return run, content


def names(directory=RUN):
    return sorted(path.name for path in directory.iterdir())


def begin(run=RUN):
    """Make the directory that of an import that has begun."""
    (run / "journal.db").touch()


async def test_an_object_is_copied_whole_and_the_copy_stays(bucket):
    bucket.put("night/list.csv", CONTENT)
    run, content = await entered()
    assert content == CONTENT
    assert run.input_fingerprint == sha256(CONTENT).hexdigest()
    assert (run.input.uri, run.input.name) == (URI, URI)
    assert run.input.location == str((RUN / INPUT_COPY).absolute())
    assert (RUN / INPUT_COPY).read_bytes() == CONTENT
    assert stat.S_IMODE((RUN / INPUT_COPY).stat().st_mode) == 0o600
    assert names() == ["input", "input.json", "lock"]


@pytest.mark.parametrize("key", ["a b/ü+%41.csv", "x=1&y=2.csv", "list#1.csv", "a:b@c.csv"])
async def test_a_key_is_taken_literally(bucket, key):
    bucket.put(key, CONTENT[:100])
    assert (await entered(f"s3://lists/{key}"))[1] == CONTENT[:100]


async def test_without_a_directory_the_same_bytes_are_the_same_run(bucket, tmp_path):
    bucket.put("night/list.csv", CONTENT)
    bucket.put("again.csv", CONTENT)
    first, _ = await entered(path=None)
    second, _ = await entered("s3://lists/again.csv", None)
    assert first.path == second.path
    assert names(tmp_path) == [first.path.name]


async def test_a_copy_of_the_same_version_is_not_fetched_again(
    bucket, breaking_line, s3_server, monkeypatch
):
    bucket.put("night/list.csv", CONTENT)
    await entered()
    begin()
    with breaking_line(s3_server, [1_000_000] * 9) as line:  # nothing longer gets through
        monkeypatch.setenv("AWS_ENDPOINT_URL", line.url)
        _, content = await entered()
    assert content == CONTENT
    assert len(line.requests) == 1


async def test_a_list_that_changed_since_the_run_began_is_refused_and_the_copy_is_kept(bucket):
    bucket.put("night/list.csv", CONTENT)
    await entered()
    begin()
    bucket.put("night/list.csv", OTHER)
    with pytest.raises(UnreadableInputError, match=r"has changed since this run .* run/input$"):
        await entered()
    assert names() == ["input", "input.json", "journal.db", "lock"]
    _, content = await entered(str(RUN / INPUT_COPY))  # as the message says
    assert content == CONTENT


async def test_the_same_bytes_uploaded_anew_go_on_with_the_run(bucket):
    bucket.put("night/list.csv", CONTENT)
    await entered()
    begin()
    bucket.client.create_multipart_upload(Bucket="lists", Key="night/list.csv")
    upload = bucket.client.create_multipart_upload(Bucket="lists", Key="night/list.csv")
    part = {"Bucket": "lists", "Key": "night/list.csv", "UploadId": upload["UploadId"]}
    tag = bucket.client.upload_part(**part, PartNumber=1, Body=CONTENT)["ETag"]
    bucket.client.complete_multipart_upload(
        **part, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": tag}]}
    )
    run, content = await entered()
    assert (content, run.input_fingerprint) == (CONTENT, sha256(CONTENT).hexdigest())


async def test_a_directory_without_a_begun_import_takes_the_new_list(bucket):
    bucket.put("night/list.csv", CONTENT)
    await entered()
    bucket.put("night/list.csv", OTHER)
    assert (await entered())[1] == OTHER


async def test_a_list_that_is_gone_is_missing_and_the_copy_is_named(bucket):
    bucket.put("night/list.csv", CONTENT)
    await entered()
    begin()
    bucket.client.delete_object(Bucket="lists", Key="night/list.csv")
    with pytest.raises(MissingInputError, match=r"no such object, .* run/input$"):
        await entered()
    assert (RUN / INPUT_COPY).read_bytes() == CONTENT


async def test_a_download_that_breaks_off_goes_on_where_it_stopped(
    bucket, breaking_line, s3_server, monkeypatch
):
    bucket.put("night/list.csv", CONTENT)
    # The first answer tells the version; its body is not wanted.
    with breaking_line(s3_server, [0, 2_500_000, 2_500_000]) as line:
        monkeypatch.setenv("AWS_ENDPOINT_URL", line.url)
        _, content = await entered()
    assert content == CONTENT
    starts = [int(one.removeprefix("bytes=").rstrip("-")) for one in line.ranges]
    assert len(starts) == 2
    assert 0 < starts[0] < starts[1]
    conditions = [one.lower().count("if-match:") for one in line.requests]
    assert conditions == [0, 1, 1, 1]


async def test_what_a_killed_process_had_is_not_fetched_again(
    bucket, breaking_line, s3_server, monkeypatch
):
    bucket.put("night/list.csv", CONTENT)
    with breaking_line(s3_server, [0, 3_000_000, 10, 10, 10, 10, 10, 10]) as line:
        monkeypatch.setenv("AWS_ENDPOINT_URL", line.url)
        with pytest.raises(RemoteUnreachableError):
            await entered(pauses_s=(0,))
    assert not (RUN / INPUT_COPY).exists()
    with breaking_line(s3_server, []) as line:
        monkeypatch.setenv("AWS_ENDPOINT_URL", line.url)
        _, content = await entered()
    assert content == CONTENT
    assert len(line.ranges) == 1
    assert names() == ["input", "input.json", "lock"]


async def test_what_was_left_of_another_version_is_not_used(
    bucket, breaking_line, s3_server, monkeypatch
):
    bucket.put("night/list.csv", CONTENT)
    with breaking_line(s3_server, [0, 3_000_000, 10, 10, 10, 10, 10, 10]) as line:
        monkeypatch.setenv("AWS_ENDPOINT_URL", line.url)
        with pytest.raises(RemoteUnreachableError):
            await entered(pauses_s=(0,))
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3_server)
    bucket.put("night/list.csv", OTHER)
    assert (await entered())[1] == OTHER


async def test_a_list_that_changes_while_it_is_fetched_is_refused(bucket, monkeypatch):
    bucket.put("night/list.csv", CONTENT)
    file = open_remote(parse(URI))
    version = await file.version()
    bucket.put("night/list.csv", OTHER)
    with pytest.raises(UnreadableInputError, match="has changed while it was read"):
        await download(file, version, RUN)
    assert "run" not in names(Path())


@pytest.mark.parametrize("uri", ["s3://lists/absent.csv", "s3://no-such-bucket/list.csv"])
async def test_what_is_not_there_is_missing(bucket, uri):
    with pytest.raises(MissingInputError, match="there is no such object, or no such bucket"):
        await entered(uri)


@pytest.mark.parametrize("key", ["a//b.csv", "a/../b.csv"])
async def test_a_name_that_no_object_can_have_is_missing(bucket, key):
    with pytest.raises(MissingInputError):
        await entered(f"s3://lists/{key}")


@pytest.mark.parametrize("uri", ["s3://lists", "s3://lists/", "s3://lists/night/", "s3:///x"])
async def test_what_names_no_object_is_a_usage_error(uri):
    with pytest.raises(UsageError, match="names no"):
        open_input(uri)


async def test_a_bucket_without_access_is_refused(bucket, s3_server):
    bucket.put("night/list.csv", CONTENT)
    requests.post(f"{s3_server}/moto-api/reset-auth", data="0", timeout=9).close()
    try:
        with pytest.raises(AccessRefusedError, match="may not be read") as raised:
            await entered()
    finally:
        requests.post(f"{s3_server}/moto-api/reset-auth", data="inf", timeout=9).close()
    assert raised.value.exit_code == 77
    assert raised.value.__cause__ is None
    assert "AKID" not in str(raised.value)


async def test_without_credentials_access_is_refused(bucket, monkeypatch):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(AccessRefusedError, match="no credentials that can be used were found"):
        await entered()


async def test_a_profile_that_is_not_there_is_access_refused(bucket, monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "absent")
    with pytest.raises(AccessRefusedError, match="no credentials that can be used were found"):
        await entered()


async def test_a_profile_is_found_as_the_sdk_finds_it(bucket, monkeypatch, tmp_path):
    bucket.put("night/list.csv", CONTENT[:50])
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    file = tmp_path / "credentials"
    file.write_text("[nightly]\naws_access_key_id = A\naws_secret_access_key = B\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
    monkeypatch.setenv("AWS_PROFILE", "nightly")
    assert (await entered())[1] == CONTENT[:50]


async def test_a_server_that_is_away_is_unreachable_and_resumable(bucket, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(RemoteUnreachableError, match="no answer") as raised:
        await entered(pauses_s=(0, 0))
    assert raised.value.exit_code == 75


async def test_an_empty_object_is_an_empty_list(bucket):
    bucket.put("night/list.csv", b"")
    assert (await entered())[1] == b""


async def test_a_full_disk_is_a_write_error(bucket):
    bucket.put("night/list.csv", CONTENT)
    (RUN / ".input.part").mkdir(parents=True)
    with pytest.raises(CannotWriteError, match=r"cannot write run/\.input\.part"):
        await entered()


async def test_another_server_is_found_with_tls(bucket, web, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"https://{web.host}")
    monday = "Mon, 02 Nov 2026 06:00:00 GMT"
    web.put("/lists/night/list.csv", CONTENT[:100], etag='"one"', last_modified=monday)
    assert (await entered())[1] == CONTENT[:100]


def raised(module, name, text):
    """An error as a library raises it."""
    return type(name, (Exception,), {"__module__": module})(text)


def translation(error):
    return _translation(error, URI, to_write=False)


def test_a_wrong_region_is_named():
    text = "Generic S3 error: Server returned non-2xx status code: 301 Moved: SIGNATURE"
    error = translation(raised("obstore.exceptions", "GenericError", text))
    assert isinstance(error, ConfigurationError)
    assert "another region" in str(error)
    assert "SIGNATURE" not in str(error)


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("obstore.exceptions", "Generic GCS error: Error performing token request: Error GET http"),
        ("obstore.exceptions", "Generic S3 error: credentials expired"),
        ("botocore.exceptions", "SSO token SIGNATURE has expired"),
    ],
)
def test_credentials_that_run_out_are_refused(module, text):
    error = translation(raised(module, "GenericError", text))
    assert isinstance(error, AccessRefusedError)
    assert "SIGNATURE" not in str(error)


def test_a_provider_that_finds_none_any_more_is_no_missing_file():
    assert isinstance(translation(ValueError("in get_credentials: none")), AccessRefusedError)


def test_an_input_that_was_not_fetched_has_no_copy_to_remove():
    source = open_input(URI)
    source.discard_copy()
    assert (source.location, source.is_readable_again) == ("", False)
    with pytest.raises(UsageError, match="copy it to a file first"):
        source.blocks()


def test_a_key_that_speaks_of_credentials_is_no_matter_of_credentials():
    text = "Generic S3 error: Error performing GET http://host/lists/credentials.csv - HTTP error"
    error = translation(raised("obstore.exceptions", "GenericError", text))
    assert isinstance(error, RemoteUnreachableError)


def test_a_defect_is_not_taken_for_an_answer():
    error = KeyError("a defect")
    assert translation(error) is error
