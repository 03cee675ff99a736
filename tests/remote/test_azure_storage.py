"""az:// in and out, against Azurite, the emulator of Azure's makers.

It comes by npm and not with `make`, so CI skips this. To run it: `npm install -g azurite`.
"""

import base64
import hashlib
import hmac
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest

PROGRAM = shutil.which("azurite-blob")
ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
"""The key that Azurite has on every machine, as its manual says."""
LIST = b"phone,email\n+12025550101,a@example.com\n+12025550102,b@example.com\n"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(PROGRAM is None, reason="needs Azurite: npm install -g azurite"),
]
obstore = pytest.importorskip("obstore")


def make_container(url: str, name: str) -> None:
    """obstore makes no containers, so this request is signed here."""
    date, version = format_datetime(datetime.now(UTC), usegmt=True), "2021-08-06"
    headers = f"x-ms-date:{date}\nx-ms-version:{version}\n"
    text = "PUT" + "\n" * 12 + f"{headers}/{ACCOUNT}/{ACCOUNT}/{name}\nrestype:container"
    signature = hmac.digest(base64.b64decode(KEY), text.encode(), hashlib.sha256)
    request = urllib.request.Request(  # noqa: S310  loopback
        f"{url}/{ACCOUNT}/{name}?restype=container",
        method="PUT",
        headers={
            "x-ms-date": date,
            "x-ms-version": version,
            "Authorization": f"SharedKey {ACCOUNT}:{base64.b64encode(signature).decode()}",
        },
    )
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310  loopback
        assert answer.status == 201


@pytest.fixture
def container(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The name of an empty container, on a server of this test's own."""
    assert PROGRAM is not None
    server = subprocess.Popen(
        [
            *(PROGRAM, "--inMemoryPersistence", "--skipApiVersionCheck", "--disableTelemetry"),
            *("--blobHost", "127.0.0.1", "--blobPort", "0"),
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    try:
        url = next(line.split()[-1] for line in server.stdout if "successfully listens on" in line)
        monkeypatch.setenv("AZURE_STORAGE_USE_EMULATOR", "true")
        monkeypatch.setenv("AZURITE_BLOB_STORAGE_URL", url)
        make_container(url, "lists")
        yield "lists"
    finally:
        server.terminate()
        server.wait(timeout=10)
        server.stdout.close()


def test_a_list_is_copied_in_and_the_files_of_the_run_are_copied_out(container, command, tmp_path):
    store = obstore.store.AzureStore(container, config={"use_emulator": True})
    obstore.put(store, "night/list.csv", LIST)
    obstore.put(store, "out/rejects.xlsx", b"of an older run")
    ended = command(
        "plan", f"az://{container}/night/list.csv", "--run-dir", "run",
        "--output", f"az://{container}/out/",
    )  # fmt: skip
    assert ended.code == 0
    assert "READY 2 of 2" in ended.out
    copied = {each["path"] for batch in obstore.list(store, "out") for each in batch}
    assert "out/reconciliation.csv" in copied
    assert "out/rejects.xlsx" not in copied
    for path in copied:
        written = tmp_path / "run" / path.removeprefix("out/")
        assert bytes(obstore.get(store, path).bytes()) == written.read_bytes()
    assert command("verify", "run", f"az://{container}/night/list.csv").code == 0
