"""The page on going through review.csv and duplicates.csv, typed."""

import re
import shlex
from pathlib import Path

PAGE = (Path(__file__).parents[2] / "docs/decisions.md").read_text(encoding="utf-8")


def test_each_command_does_what_the_page_says(command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (leads,) = re.findall(r"```csv\n((?:.*\n)*?)```", PAGE)
    Path("leads.csv").write_text(leads)
    blocks = re.findall(r"```console\n\$ cxone-async (.*)\n((?:.*\n)*?)```", PAGE)
    assert len(blocks) == 2
    for typed, shown in blocks:
        ended = command(*shlex.split(typed))
        assert ended.code == 0, ended.err
        said = ended.out.replace(str(tmp_path), "/home/ann/lists")
        printed = [line.split() for line in said.splitlines()]
        for line in shown.splitlines():
            assert line.split() in printed, (typed, line)
        for name, word in (("review.csv", ""), ("duplicates.csv", "different")):
            text = Path("plan", name).read_text(encoding="utf-8")
            filled, lines = re.subn(r"(?m)^(\d+,\d+,[^,]+,[^,]+),,", rf"\1,{word},", text)
            assert lines == 1, name
            Path(name).write_text(filled, encoding="utf-8")
