"""Writes what an installation holds, in CycloneDX 1.6: one file for each lock.

`python tools/sbom.py DIRECTORY LOCK...`. The same lock gives the same bytes: there is no time and
no random number in it, and its serial number follows from its components. Licences are those of
requirements/licences.toml.
"""

import json
import re
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

_LOCKED = re.compile(r"^([a-z0-9._-]+)==([^\s;\\]+)(?: *; *([^\\]+?))? *\\?$", re.IGNORECASE)
_HASH = re.compile(r"^ +--hash=sha256:([0-9a-f]{64})(?: \\)?$")
_VERSION = re.compile(r'^__version__ = "([^"]+)"$', re.MULTILINE)


LICENCES: Final = Path(__file__).parents[1] / "requirements" / "licences.toml"


def components(lock: str) -> list[dict[str, Any]]:
    """Return the components of a lock. Raises ValueError for a line that is none of a lock."""
    found: list[dict[str, Any]] = []
    for line in lock.splitlines():
        if locked := _LOCKED.match(line):
            name, version, marker = locked.groups()
            purl = f"pkg:pypi/{name.lower()}@{version}"
            component: dict[str, Any] = {
                "type": "library",
                "bom-ref": f"{purl}#{len(found)}",
                "name": name,
                "version": version,
                "purl": purl,
                "hashes": [],
            }
            if marker:
                component["properties"] = [{"name": "python:marker", "value": marker}]
            found.append(component)
        elif found and (digest := _HASH.match(line)):
            found[-1]["hashes"].append({"alg": "SHA-256", "content": digest.group(1)})
        elif line.strip():
            raise ValueError(f"not a line of a lock: {line!r}")
    return found


def bill_of_materials(lock: str, version: str, licences: Mapping[str, str]) -> dict[str, Any]:
    """Return the CycloneDX document of an installation with this lock.

    `licences` are SPDX expressions by package. Raises ValueError for a package without one.
    """
    listed = components(lock)
    if unknown := sorted({one["name"] for one in listed} - licences.keys()):
        raise ValueError(f"{LICENCES.name} has no licence of {', '.join(unknown)}")
    for one in listed:
        one["licenses"] = [{"expression": licences[one["name"]]}]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid5(NAMESPACE_URL, f'cxone_async {version} {listed}')}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": "cxone_async",
                "name": "cxone_async",
                "version": version,
                "licenses": [{"license": {"id": "Apache-2.0"}}],
            }
        },
        "components": listed,
    }


def main(directory: Path, locks: list[Path]) -> None:
    """Write `NAME.cdx.json` for each lock."""
    package = Path(__file__).parents[1] / "cxone_async" / "__init__.py"
    version = _VERSION.search(package.read_text(encoding="utf-8"))
    if version is None:
        raise ValueError(f"{package} has no version")
    licences = tomllib.loads(LICENCES.read_text(encoding="utf-8"))
    directory.mkdir(parents=True, exist_ok=True)
    for lock in locks:
        text = lock.read_text(encoding="utf-8")
        document = bill_of_materials(text, version.group(1), licences)
        path = directory / f"{lock.stem}.cdx.json"
        path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(name) for name in sys.argv[2:]])
