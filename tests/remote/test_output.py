"""`--output`: the finished files in a bucket, the last one last."""

import pytest

from cxone_async.errors import AccessRefusedError, ConfigurationError
from cxone_async.remote.output import clear_output, copy_to_output

pytestmark = pytest.mark.slow

requests = pytest.importorskip("requests")  # moto brings it

NAMES = ("outcomes.csv", "rejects.csv", "reconciliation.csv")
PLACE = "s3://lists/out/"


@pytest.fixture
def files(tmp_path):
    for name in (*NAMES, "journal.db"):
        (tmp_path / name).write_text(f"this is {name}")
    return tmp_path


@pytest.fixture
def no_access(s3_server):
    """`no_access(n)`: the server allows another `n` requests."""

    def set_to(number):
        requests.post(f"{s3_server}/moto-api/reset-auth", data=str(number), timeout=9).close()

    yield set_to
    set_to("inf")


async def test_the_files_are_copied_and_the_last_is_removed_first_and_copied_last(
    bucket, files, breaking_line, s3_server, monkeypatch
):
    with breaking_line(s3_server, []) as line:
        monkeypatch.setenv("AWS_ENDPOINT_URL", line.url)
        await copy_to_output(files, NAMES, PLACE)
    assert bucket.names() == sorted(f"out/{name}" for name in NAMES)
    assert [bucket.get(f"out/{name}").decode() for name in NAMES] == [
        f"this is {name}" for name in NAMES
    ]
    written = [one.split()[1] for one in line.requests if one.startswith("PUT")]
    assert [path.rpartition("/")[2] for path in written] == list(NAMES)
    assert not line.requests[0].startswith("PUT")


async def test_a_large_file_is_copied_in_parts(bucket, files):
    content = b"x" * (11 << 20)
    (files / "outcomes.csv").write_bytes(content)
    await copy_to_output(files, NAMES, PLACE)
    assert bucket.get("out/outcomes.csv") == content


async def test_an_older_result_goes_before_the_new_one_comes(bucket, files):
    bucket.put("out/reconciliation.csv", b"of yesterday")
    bucket.put("out/outcomes.csv", b"of yesterday")
    await clear_output(PLACE, NAMES[-1])
    assert bucket.names() == ["out/outcomes.csv"]
    await clear_output(PLACE, NAMES[-1])  # it need not be there


async def test_what_this_run_does_not_have_goes_too(bucket, files):
    bucket.put("out/rejects.xlsx", b"of yesterday")
    await copy_to_output(files, ("rejects.xlsx", *NAMES), PLACE)
    assert bucket.names() == sorted(f"out/{name}" for name in NAMES)


async def test_a_copy_that_fails_leaves_no_last_file(bucket, files, no_access):
    bucket.put("out/reconciliation.csv", b"of yesterday")
    no_access(1)
    with pytest.raises(AccessRefusedError, match="may not be written") as raised:
        await copy_to_output(files, NAMES, PLACE)
    assert raised.value.exit_code == 77
    no_access("inf")
    assert bucket.names() == []


async def test_a_bucket_without_access_is_refused(bucket, no_access):
    no_access(0)
    with pytest.raises(AccessRefusedError, match="may not be written"):
        await clear_output(PLACE, NAMES[-1])


async def test_a_bucket_that_is_not_there_is_named(bucket):
    with pytest.raises(ConfigurationError, match="there is no such bucket") as raised:
        await clear_output("s3://no-such-bucket/out/", NAMES[-1])
    assert raised.value.exit_code == 78


async def test_a_bucket_that_gives_no_answer_is_tried_again(
    bucket, files, breaking_line, s3_server, monkeypatch
):
    with breaking_line(s3_server, [1, 1]) as line:
        monkeypatch.setenv("AWS_ENDPOINT_URL", line.url)
        await clear_output(PLACE, NAMES[-1])
    assert len(line.requests) == 3
