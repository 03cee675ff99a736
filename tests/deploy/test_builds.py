"""What a build brings in is locked by hashes, and listed."""

import json
import re
import tomllib
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, metadata, requires
from pathlib import Path

import pytest
from sbom import LICENCES, bill_of_materials, components, main

from cxone_async import __version__

ROOT = Path(__file__).parents[2]
INSTALLED = [
    ROOT / "requirements.lock",
    *(ROOT / f"requirements/{name}.lock" for name in ("any-field", "otel", "remote", "build")),
]
LOCKS = [ROOT / "requirements.lock", *sorted((ROOT / "requirements").glob("*.lock"))]


@pytest.mark.parametrize("lock", LOCKS, ids=[lock.name for lock in LOCKS])
def test_every_component_of_a_lock_has_hashes_and_no_address(lock):
    text = lock.read_text()
    assert "://" not in text
    listed = components(text)
    assert listed
    assert [one["name"] for one in listed if not one["hashes"]] == []


def test_the_lock_of_the_build_holds_the_backend_and_all_that_it_needs():
    listed = {one["name"] for one in components((ROOT / "requirements/build.lock").read_text())}
    needed = {re.split(r"[^a-z0-9-]", one)[0] for one in requires("hatchling") or ()}
    assert needed <= listed | {"tomli"}  # for a Python older than any that is supported
    assert {"hatchling", "editables"} <= listed


def test_nothing_is_installed_that_no_lock_names():
    for file in ("Makefile", "Dockerfile"):
        text = (ROOT / file).read_text().replace("\\\n", " ")
        installs = re.findall(r"pip (?:install|wheel) ([^&\n]*)", text)
        assert len(installs) >= 4
        for options in installs:
            is_locked = "--require-hashes" in options
            brings_nothing = "--no-deps" in options and (
                "--no-build-isolation" in options or "--no-index" in options
            )
            assert is_locked or brings_nothing or "benchmarks/requirements.txt" in options


def test_the_image_takes_the_lock_of_the_build_and_a_base_by_its_digest():
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert dockerfile.count("FROM ${BASE_IMAGE}${BASE_DIGEST:+@${BASE_DIGEST}}") == 2
    copied = re.findall(r"requirements/build\.lock", (ROOT / ".dockerignore").read_text())
    assert len(copied) == 1


def test_the_bill_of_materials_is_that_of_the_lock_and_the_same_each_time(tmp_path):
    lock = ROOT / "requirements.lock"
    main(tmp_path, [lock])
    written = (tmp_path / "requirements.cdx.json").read_text()
    main(tmp_path, [lock])
    assert (tmp_path / "requirements.cdx.json").read_text() == written
    document = json.loads(written)
    assert (document["bomFormat"], document["specVersion"]) == ("CycloneDX", "1.6")
    assert document["metadata"]["component"]["version"] == __version__
    locked = re.findall(r"^([^\s=]+)==([^\s;\\]+)", lock.read_text(), re.MULTILINE)
    assert [(one["name"], one["version"]) for one in document["components"]] == locked
    assert sum(len(one["hashes"]) for one in document["components"]) == (
        lock.read_text().count("--hash=sha256:")
    )
    assert len({one["bom-ref"] for one in document["components"]}) == len(locked)


def test_a_component_for_some_machines_only_says_for_which():
    lock = f"a==1 ; sys_platform == 'win32' \\\n    --hash=sha256:{'0' * 64}\n"
    (one,) = components(lock)
    assert one["properties"] == [{"name": "python:marker", "value": "sys_platform == 'win32'"}]
    assert one["purl"] == "pkg:pypi/a@1"
    assert one["hashes"] == [{"alg": "SHA-256", "content": "0" * 64}]


def test_another_version_is_another_document():
    one, other = (bill_of_materials("", version, {})["serialNumber"] for version in ("1", "2"))
    assert one != other


def test_a_package_whose_licence_nobody_has_read_is_refused():
    lock = f"a==1 \\\n    --hash=sha256:{'0' * 64}\n"
    with pytest.raises(ValueError, match=r"^licences\.toml has no licence of a$"):
        bill_of_materials(lock, "1", {"b": "MIT"})
    (one,) = bill_of_materials(lock, "1", {"a": "MIT"})["components"]
    assert one["licenses"] == [{"expression": "MIT"}]


def test_the_list_of_licences_is_that_of_the_locks_and_says_what_the_packages_say():
    licences = tomllib.loads(LICENCES.read_text(encoding="utf-8"))
    locked = {one["name"] for lock in INSTALLED for one in components(lock.read_text())}
    assert licences.keys() == locked
    assert list(licences) == sorted(licences)
    said = {}
    for name in licences:
        with suppress(PackageNotFoundError):  # one for another system
            said[name] = metadata(name).json.get("license_expression")
    stated = {name: licence for name, licence in said.items() if licence}
    assert len(stated) > 20
    assert {name: licences[name] for name in stated} == stated


def test_every_licence_lets_the_package_be_used_and_passed_on_unchanged():
    licences = tomllib.loads(LICENCES.read_text(encoding="utf-8"))
    named = {
        part for licence in licences.values()
        for part in re.split(r"[ ()]+", re.sub(r" (?:AND|OR|WITH) ", " ", licence)) if part
    }  # fmt: skip
    assert named <= {
        "0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "EPL-2.0",
        "GPL-2.0-or-later", "ISC", "LLVM-exception", "MIT", "MIT-0", "MPL-2.0", "PSF-2.0",
        "Unlicense", "Zlib",
    }  # fmt: skip
    # A choice: the weaker copyleft of the two holds.
    assert [name for name, one in licences.items() if "GPL" in one] == ["asyncssh"]
    assert licences["asyncssh"] == "EPL-2.0 OR GPL-2.0-or-later"


def test_what_is_no_lock_is_refused():
    with pytest.raises(ValueError, match="not a line of a lock"):
        components("-r other.lock\n")
