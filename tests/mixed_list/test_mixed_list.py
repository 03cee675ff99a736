"""A list of all kinds of rows, through the whole command line against the stand-in tenant.

`make mixed-list ROWS=100000` runs it on long lists. Each campaign has a list of
that many rows; a plain test run takes 1,250.
"""

import csv
import json
import os
import sys
from collections import Counter, defaultdict
from pathlib import Path

import pytest
from mixed_list.generate import MixedList
from mixed_list.truth import Campaign, End, Examiner

pytestmark = pytest.mark.slow

ROWS = int(os.environ.get("MIXED_LIST_ROWS", "1250"))
SEED = int(os.environ.get("MIXED_LIST_SEED", "14"))
_SHOWN_KINDS = 40

CAMPAIGNS = (
    Campaign("calls, with whatever email there is"),
    Campaign(
        "mails, two phone columns", required=("email",), phone_columns=("Mobile", "Home Phone")
    ),
    Campaign(
        "needs both, of the row's country", ("phone", "email"), phone_country="row", match="exact"
    ),
    Campaign(
        "flags not honoured, default policy",
        honours_flags=False,
        phone_country="any",
        match="corroborated",
    ),
)


@pytest.mark.parametrize("campaign", CAMPAIGNS, ids=lambda campaign: campaign.name)
def test_every_row_of_a_mixed_list_comes_to_the_end_that_it_means(
    command, start_tenant, tmp_path, campaign
):
    mixed = MixedList(campaign, ROWS, SEED)
    path, suppression_files = mixed.write(tmp_path)
    with start_tenant(*campaign.tenant_options()) as tenant:
        ended = command(
            "import", str(path), "--base-url", tenant.base_url, "--list-id", "demo-list",
            "--campaign-id", "demo-campaign", "--quota", "0", "--run-dir", "run", *campaign.flags(),
            *(part for file in suppression_files for part in ("--suppress", str(file))),
        )  # fmt: skip
        assert ended.code in (0, 3), ended.err
        held = tenant.statistics(full=True)["contacts"]
    ends = _ends(Path("run/outcomes.csv"), held)
    assert len(ends) == len(mixed.rows)
    imported = [end for end in ends if end.outcome == "imported"]
    assert len(held) == len(imported)
    examiner = Examiner(campaign)
    found: dict[tuple[str, str], list[int]] = defaultdict(list)
    for row, end in zip(mixed.rows, ends, strict=True):
        if said := examiner.contradiction(row, end):
            found[row.kinds, said].append(row.number)
    assert not found, _message(found)
    assert ended.code == 0, ended.err
    told = Counter(code for end in ends if end.repairs for code in end.repairs.split(";"))
    assert json.loads(Path("run/reconciliation.json").read_text())["repairs"] == told
    sums = Counter(end.outcome for end in ends)
    summary = ", ".join(f"{count:,} {outcome}" for outcome, count in sums.most_common())
    sys.stdout.write(f"\n{campaign.name}: {len(ends):,} rows, no contradiction: {summary}\n")


def _ends(path: Path, held: dict[str, dict[str, dict[str, str]]]) -> list[End]:
    with path.open(newline="", encoding="utf-8") as file:
        return [
            End(
                line["outcome"],
                line["reason"],
                line["duplicate_of"],
                line["repairs"],
                held[line["contact_id"]]["fields"] if line["contact_id"] in held else None,
            )
            for line in csv.DictReader(file)
        ]


def _message(found: dict[tuple[str, str], list[int]]) -> str:
    rows = sum(map(len, found.values()))
    lines = [f"{rows} rows contradict what they mean (seed {SEED}, {ROWS} rows):"]
    for (kinds, said), numbers in sorted(found.items(), key=lambda item: -len(item[1]))[
        :_SHOWN_KINDS
    ]:
        lines.append(f"  rows {', '.join(map(str, numbers[:3]))} ({len(numbers)}) [{kinds}] {said}")
    return "\n".join(lines)
