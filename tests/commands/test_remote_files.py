"""Commands on files that lie elsewhere: what arrives, what is kept, what is never written."""

import json
import sys
from pathlib import Path

import pytest

from cxone_async.report.files import FILE_NAMES

pytestmark = pytest.mark.slow

pytest.importorskip("obstore")
requests = pytest.importorskip("requests")  # moto brings it

LIST = b"phone,email,first_name,last_name,country\n" + b"".join(
    b"+1202555%04d,p%d@example.com,P%d,Q%d,US\n" % (n, n, n, n) for n in range(100, 120)
)
URI = "s3://lists/night/list.csv"
PLACE = "s3://lists/out/"
SECRETS = ("THESECRETOFTHISTEST", "AKIDOFTHISTEST")


@pytest.fixture
def target(shared_tenant):
    return (
        "--base-url", shared_tenant.base_url, "--list-id", "demo-list", "--campaign-id",
        "demo-campaign", "--quota", "0", "--run-dir", "run",
    )  # fmt: skip


@pytest.fixture
def access(s3_server):
    """`access(n)`: the server allows another `n` requests."""

    def set_to(number):
        requests.post(f"{s3_server}/moto-api/reset-auth", data=str(number), timeout=9).close()

    yield set_to
    set_to("inf")


def written():
    """Everything that the commands left."""
    return b"".join(path.read_bytes() for path in Path().rglob("*") if path.is_file())


def test_a_list_in_a_bucket_is_imported_and_its_files_are_copied_to_another_place(
    command, shared_tenant, bucket, target
):
    bucket.put("night/list.csv", LIST)
    arguments = ("import", URI, *target, "--output", PLACE, "--log-level", "debug")
    first = command(*arguments)
    assert first.code == 0, first.err
    assert bucket.names() == sorted(["night/list.csv", *(f"out/{name}" for name in FILE_NAMES)])
    for name in FILE_NAMES:
        assert bucket.get(f"out/{name}") == Path("run", name).read_bytes()
    result = json.loads(Path("run/reconciliation.json").read_text())
    assert result["run"]["input_name"] == URI

    asked = shared_tenant.requests
    bucket.client.delete_object(Bucket="lists", Key="out/outcomes.csv")
    assert command(*arguments).code == 0
    assert shared_tenant.requests == asked
    assert bucket.get("out/outcomes.csv") == Path("run/outcomes.csv").read_bytes()

    assert command("verify", "run", URI).code == 0
    content = written() + first.out.encode() + first.err.encode()
    content += b"".join(bucket.get(name) for name in bucket.names())
    assert not [secret for secret in SECRETS if secret.encode() in content]


def test_a_copy_that_fails_is_said_and_the_same_command_only_copies(
    command, shared_tenant, bucket, target, access, tmp_path
):
    (tmp_path / "list.csv").write_bytes(LIST)
    arguments = ("import", "list.csv", *target, "--output", PLACE)
    access(1)  # an older result is removed, and then nothing goes
    ended = command(*arguments)
    assert ended.code == 77
    assert "The run has ended and its files are in run" in ended.err
    assert "copies them again and sends nothing" in ended.err
    assert Path("run/reconciliation.csv").exists()
    asked = shared_tenant.requests
    access("inf")
    assert bucket.names() == []
    assert command(*arguments).code == 0
    assert shared_tenant.requests == asked
    assert bucket.names() == sorted(f"out/{name}" for name in FILE_NAMES)


def test_a_place_that_may_not_be_written_is_found_before_anything_is_sent(
    command, shared_tenant, bucket, target, access, tmp_path
):
    (tmp_path / "list.csv").write_bytes(LIST)
    access(0)
    before = shared_tenant.requests
    assert command("import", "list.csv", *target, "--output", PLACE).code == 77
    access("inf")
    assert command("import", "list.csv", *target, "--output", "s3://absent/out/").code == 78
    assert shared_tenant.requests == before


def test_a_login_and_a_signature_are_nowhere_in_full(command, web, target, bucket):
    web.put("/list.csv", LIST, etag='"one"')
    uri = f"https://ann:THEPASSWORD@{web.host}/list.csv?sig=THESIGNATURE"
    said = ""
    for arguments in (
        ("columns", uri),
        ("plan", uri, "--run-dir", "plan", "--log-level", "debug"),
        ("import", uri, *target, "--output", PLACE, "--log-level", "debug"),
        ("verify", "run", uri),
        ("explain", "run", "1", "--input", uri),
    ):
        ended = command(*arguments)
        assert ended.code == 0, ended.err
        said += ended.out + ended.err
    for arguments in (
        ("evaluate", uri, "--truth", "list.csv"),
        ("import", uri.replace("list", "absent"), *target),
        ("import", uri.replace("https", "ftp"), *target),
        ("plan", uri, "--output", uri),
    ):
        ended = command(*arguments)
        assert ended.code in (64, 65, 66), arguments
        said += ended.out + ended.err
    content = said.encode() + written() + b"".join(bucket.get(name) for name in bucket.names())
    assert not [one for one in (b"THEPASSWORD", b"THESIGNATURE", b"ann:") if one in content]
    assert f"https://{web.host}/list.csv?...".encode() in content


@pytest.mark.parametrize(
    ("module", "extra", "arguments"),
    [
        ("obstore", "cloud", [URI]),
        ("obstore.auth.boto3", "cloud", [URI]),
        ("obstore", "cloud", ["https://127.0.0.1:9/list.csv"]),
        ("obstore", "cloud", ["list.csv", "--output", PLACE]),
        ("asyncssh", "sftp", ["sftp://127.0.0.1:9/list.csv"]),
    ],
)
def test_without_the_extra_the_command_that_installs_it_is_named(
    command, monkeypatch, tmp_path, module, extra, arguments
):
    (tmp_path / "list.csv").write_bytes(LIST)
    monkeypatch.setitem(sys.modules, module, None)
    ended = command("plan", *arguments)
    assert ended.code == 64
    assert f"pip install 'cxone_async[{extra}]'" in ended.err


@pytest.mark.parametrize(
    "place", ["out/", "https://host/out/", "sftp://host/out/", "s3://", "s3://ann:SECRET@b/out/"]
)
def test_a_place_that_is_none_is_a_usage_error(command, tmp_path, place):
    (tmp_path / "list.csv").write_bytes(LIST)
    ended = command("plan", "list.csv", "--output", place)
    assert ended.code == 64
    assert "--output: " in ended.err
    assert "SECRET" not in ended.err


def test_the_deadline_holds_for_an_input_that_lies_elsewhere(command, target, tmp_path):
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:
        uri = f"https://127.0.0.1:{silent.getsockname()[1]}/list.csv"
        ended = command("import", uri, *target, "--deadline", "0.5")
    assert ended.code == 69
    assert "the deadline of 0.5 s has passed" in ended.err
