"""Encoding where memory may run out."""

import ast
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import cxone_async
from cxone_async.encoded import encoded

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.text() | st.binary(),
    lambda values: st.lists(values) | st.dictionaries(st.text(), values),
)

WITH_LITTLE_MEMORY = """
import resource
import msgspec
from cxone_async.encoded import encoded

value = [("x" * 50, n) for n in range(200_000)]
encoder = msgspec.{kind}.Encoder()
pages = int(open("/proc/self/statm").read().split()[0])
room = pages * resource.getpagesize() + (3 << 20)
resource.setrlimit(resource.RLIMIT_AS, (room, room))
try:
    encoded(encoder, value)
except MemoryError:
    print("MemoryError")
"""

SMALL = {
    "durable/lease.py",
    "journal/head.py",
    "prepare/matching_child.py",
    "prepare/normalising_child.py",
    "remote/download.py",
    "runs/run_directory.py",
    "runs/want_of_memory.py",
    "source/workbook_child.py",
    "tenant/contact_lists/wire.py",
}
"""Modules that encode what fits, a contact of five fields, or what a child sends.

A child that is killed is noted by its parent."""


@given(VALUES)
def test_the_bytes_are_those_of_the_encoder(value: object) -> None:
    for encoder in (msgspec.msgpack.Encoder(), msgspec.json.Encoder()):
        assert encoded(encoder, value) == encoder.encode(value)


def test_an_encoder_that_refuses_a_value_says_so() -> None:
    with pytest.raises(TypeError):
        encoded(msgspec.json.Encoder(), object())


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["msgpack", "json"])
def test_want_of_memory_is_an_error_and_no_crash(kind: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", WITH_LITTLE_MEMORY.format(kind=kind)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (ended.returncode, ended.stdout) == (0, "MemoryError\n"), ended.stderr


@pytest.mark.slow
def test_what_may_be_large_is_encoded_by_nothing_else() -> None:
    package = Path(cxone_async.__file__).parent
    found = {
        name
        for path in package.rglob("*.py")
        if "mock_tenant" not in (name := path.relative_to(package).as_posix())
        and "testing/" not in name
        and any(map(_encodes_by_itself, ast.walk(ast.parse(path.read_text(encoding="utf-8")))))
    }
    assert found == SMALL


def _encodes_by_itself(node: ast.AST) -> bool:
    """Say whether it is `encode` of msgspec or of one of its encoders."""
    if not (isinstance(node, ast.Attribute) and node.attr == "encode"):
        return False
    return ast.unparse(node.value).endswith(
        ("msgspec.json", "msgspec.msgpack", "Encoder()", "encoder")
    )
