"""One string names an input of any kind, and one type stands for all of them."""

import os
import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxone_async.errors import MissingInputError, RunError, UnreadableInputError
from cxone_async.source.input import open_input

TEXT = b"phone,email\n1,a@example.com\n"


def test_a_file_is_readable_again_and_says_where_it_is(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("folder").mkdir()
    Path("folder/contacts.csv").write_bytes(TEXT)
    source = open_input("./folder//contacts.csv")
    assert source.uri == "./folder//contacts.csv"
    assert (source.name, source.location) == (
        "contacts.csv",
        str(tmp_path / "folder" / "contacts.csv"),
    )
    assert (source.is_readable_again, source.size_bytes) == (True, len(TEXT))


def test_a_link_is_the_file_that_it_leads_to(tmp_path):
    (tmp_path / "file").write_bytes(TEXT)
    (tmp_path / "link").symlink_to("file")
    source = open_input(str(tmp_path / "link"))
    assert (source.is_readable_again, source.name, source.size_bytes) == (True, "link", len(TEXT))
    (tmp_path / "file").unlink()
    with pytest.raises(MissingInputError, match="link: there is no such file"):
        open_input(str(tmp_path / "link"))


def test_standard_input_a_pipe_and_a_device_can_be_read_only_once(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for uri in ("-", str(pipe), "/dev/null"):
        source = open_input(uri)
        assert source.uri == uri
        assert (source.is_readable_again, source.name, source.location) == (False, "-", "")


def test_a_file_named_like_standard_input_is_named_by_its_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("-").write_bytes(TEXT)
    assert open_input("./-").size_bytes == len(TEXT)


@pytest.mark.parametrize("name", ["absent.csv", "file/below.csv", "nul\0name"])
def test_what_is_not_there_is_missing(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    Path("file").write_bytes(TEXT)
    with pytest.raises(MissingInputError, match=r"no (such file|file name)") as raised:
        open_input(name)
    assert raised.value.exit_code == 66


def test_a_directory_is_unreadable(tmp_path):
    with pytest.raises(UnreadableInputError, match="is a directory, not a CSV file"):
        open_input(str(tmp_path))


def test_a_name_that_the_system_refuses_is_unreadable(tmp_path):
    with pytest.raises(UnreadableInputError, match="cannot be read: File name too long"):
        open_input(str(tmp_path / ("x" * 5000)))


def test_what_may_not_be_looked_at_is_unreadable(unprivileged):
    folder = unprivileged / "folder"
    folder.mkdir()
    (folder / "contacts.csv").write_bytes(TEXT)
    folder.chmod(0)
    with pytest.raises(UnreadableInputError, match="cannot be read: Permission denied"):
        open_input(str(folder / "contacts.csv"))
    folder.chmod(0o700)


async def test_a_socket_cannot_be_read(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket")
    with pytest.raises(UnreadableInputError, match="socket: cannot be read"):
        await open_input("socket").make_readable_again(tmp_path / "input")
    assert [path.name for path in tmp_path.iterdir()] == ["socket"]


@pytest.mark.parametrize("uri", ["ftp://host//key.csv", "http://example.com/a.csv", "a+b.c-1://"])
def test_a_scheme_that_is_not_supported_is_refused_and_named_as_it_was_given(
    tmp_path, monkeypatch, uri
):
    monkeypatch.chdir(tmp_path)
    Path(uri).parent.mkdir(parents=True, exist_ok=True)
    with pytest.raises(MissingInputError, match="not supported") as raised:
        open_input(uri)
    assert str(raised.value).startswith(f"{uri}: ")
    assert raised.value.exit_code == 66


@pytest.mark.parametrize("name", ["a:b.csv", "1s3:__x", "C:\\contacts.csv", "s3:"])
def test_a_colon_in_a_name_is_no_scheme(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    Path(name).write_bytes(TEXT)
    assert open_input(name).name == name


@given(st.text(max_size=30))
def test_any_text_opens_or_is_refused_with_a_reason(text):
    refusal = None
    try:
        assert open_input(text).uri == text
    except RunError as error:
        refusal = error
    if refusal is not None:
        assert refusal.exit_code in (65, 66)
        assert text in str(refusal) or repr(text) in str(refusal)
