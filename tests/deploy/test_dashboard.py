"""The Grafana dashboard: its shape, and its queries by Prometheus' own tool."""

import itertools
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
DASHBOARD = json.loads((ROOT / "deploy" / "grafana" / "cxone-import.json").read_text())
IN_VENV = Path(sys.executable).with_name("promtool")
PROMTOOL = str(IN_VENV) if IN_VENV.exists() else shutil.which("promtool")
COLUMNS = 24

ROWS = [panel for panel in DASHBOARD["panels"] if panel["type"] == "row"]
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
TARGETS = [(panel, target) for panel in PANELS for target in panel["targets"]]
VARIABLES = {one["name"]: one for one in DASHBOARD["templating"]["list"]}


def documented() -> dict[str, tuple[str, list[str]]]:
    """Type and labels of each metric, as the page has them; a test holds it to the program."""
    table = re.findall(
        r"^\| `(cxone_\w+)` \| (\w+) \| ([^|]*) \|",
        (ROOT / "docs" / "metrics.md").read_text(),
        re.MULTILINE,
    )
    return {name: (kind, re.findall(r"\w+", labels)) for name, kind, labels in table}


def filled(query: str) -> str:
    """The query as Grafana sends it, with every run chosen."""
    query = query.replace("$__rate_interval", "5m").replace("$instance", ".*")
    assert "$" not in query
    return query


def promtool(*arguments: str, cwd: Path) -> str:
    if PROMTOOL is None and not os.environ.get("CI"):
        pytest.skip("promtool, of Debian's package prometheus, is not installed")
    assert PROMTOOL is not None
    ended = subprocess.run(
        [PROMTOOL, *arguments], capture_output=True, text=True, check=False, timeout=60, cwd=cwd
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def test_prometheus_reads_every_query(tmp_path):
    rules = [
        {"record": f"panel_{panel['id']}_{target['refId']}", "expr": filled(target["expr"])}
        for panel, target in TARGETS
    ]
    groups = {"groups": [{"name": "dashboard", "rules": rules}]}
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump(groups))
    said = promtool("check", "rules", "rules.yaml", cwd=tmp_path)
    assert f"SUCCESS: {len(TARGETS)} rules found" in said


def test_every_query_finds_something_in_the_metrics_of_two_runs_one_of_which_has_ended(tmp_path):
    series = []
    for (name, (kind, labels)), run in itertools.product(documented().items(), ("going", "ended")):
        if run == "going" and name in {"cxone_run_ended_timestamp_seconds", "cxone_run_exit_code"}:
            continue
        having = [f'instance="{run}"']
        having += [f'{label}="{"failed" if label == "outcome" else "a"}"' for label in labels]
        if kind == "histogram":
            names = [(f"{name}_bucket", [*having, f'le="{le}"']) for le in ("0.5", "1", "+Inf")]
        else:
            names = [(name, having)]
        series += [
            {"series": f"{one}{{{','.join(with_)}}}", "values": "1+1x60"} for one, with_ in names
        ]
    queries = [
        {
            "expr": f"count({filled(target['expr'])})",
            "eval_time": "30m",
            "exp_samples": [{"labels": "{}", "value": found}],
        }
        for panel, target in TARGETS
        for found in [_found(target["expr"])]
    ]
    tests = {
        "rule_files": [],
        "evaluation_interval": "1m",
        "tests": [{"interval": "1m", "input_series": series, "promql_expr_test": queries}],
    }
    (tmp_path / "test.yaml").write_text(yaml.safe_dump(tests))
    assert "SUCCESS" in promtool("test", "rules", "test.yaml", cwd=tmp_path)


def _found(query: str) -> int:
    """How many series: one for all runs, or for each bucket; or one for each run."""
    if query.startswith("sum by (le) (increase"):
        return 3
    for_each_run = not re.search(r"\b(sum|max|topk|histogram_quantile)\b", query)
    return 2 if for_each_run and "unless" not in query else 1


def test_every_query_asks_for_metrics_and_labels_that_exist():
    known = documented()
    for panel, target in TARGETS:
        query = target["expr"]
        labels = {"instance", "le"}
        for name in re.findall(r"cxone_\w+", query):
            plain = name.removesuffix("_bucket")
            kind, its_labels = known[plain]
            assert (kind == "histogram") == (plain != name), name
            labels |= set(its_labels)
        grouped = {
            label for group in re.findall(r"by \(([^)]*)\)", query) for label in group.split(", ")
        }
        selected = set(re.findall(r"[{,](\w+)=", query))
        shown = set(re.findall(r"{{(\w+)}}", target["legendFormat"]))
        assert grouped | selected | shown <= labels, panel["title"]
        assert query.count('instance=~"$instance"') == query.count("cxone_")
        if grouped:
            assert shown <= grouped, panel["title"]


def test_every_metric_is_asked_for_but_those_that_say_nothing_over_time():
    asked = {name.removesuffix("_bucket") for _, one in TARGETS for name in _names(one["expr"])}
    asked |= _names(VARIABLES["instance"]["definition"])
    assert documented().keys() - asked == {
        "cxone_quota_per_minute", "cxone_requests_in_last_minute",  # both are in the ratio
        "cxone_run_started_timestamp_seconds",
    }  # fmt: skip


def _names(query: str) -> set[str]:
    return set(re.findall(r"cxone_\w+", query))


def test_the_runs_to_choose_from_are_those_that_have_metrics():
    assert VARIABLES.keys() == {"datasource", "instance"}
    query = VARIABLES["instance"]["definition"]
    assert VARIABLES["instance"]["query"]["query"] == query
    asked = re.fullmatch(r"label_values\((\w+), instance\)", query)
    assert asked
    assert asked[1] in documented()


def test_panels_have_ids_of_their_own_and_lie_side_by_side():
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(ids)) == len(ids)
    taken: dict[tuple[int, int], int] = {}
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        assert at["x"] >= 0
        assert at["x"] + at["w"] <= COLUMNS
        for place in itertools.product(
            range(at["x"], at["x"] + at["w"]), range(at["y"], at["y"] + at["h"])
        ):
            assert taken.setdefault(place, panel["id"]) == panel["id"], panel["title"]
    lowest = max(y for _, y in taken)
    assert len(taken) == COLUMNS * (lowest + 1)  # no holes


def test_every_panel_has_a_title_a_description_a_unit_and_the_chosen_data_source():
    for panel in PANELS:
        assert panel["title"]
        assert panel["description"].endswith("."), panel["title"]
        assert panel["fieldConfig"]["defaults"]["unit"], panel["title"]
        sources = [panel["datasource"], *(target["datasource"] for target in panel["targets"])]
        assert sources == [{"type": "prometheus", "uid": "${datasource}"}] * len(sources)
        letters = [target["refId"] for target in panel["targets"]]
        assert letters == sorted(set(letters))
        for mentioned in re.findall(r"docs/[\w-]+\.md", panel["description"]):
            assert (ROOT / mentioned).exists()


def test_it_can_be_imported_anywhere():
    assert DASHBOARD["id"] is None
    assert DASHBOARD["uid"] == "cxone-import"
    assert DASHBOARD["schemaVersion"] >= 36  # data sources by uid
    known = {"row", "stat", "timeseries", "heatmap", "state-timeline"}  # parts of Grafana itself
    assert {panel["type"] for panel in DASHBOARD["panels"]} == known
    assert all(row["panels"] == [] and not row["collapsed"] for row in ROWS)


def test_what_turns_red_does_so_where_the_alert_does():
    rules = yaml.safe_load((ROOT / "deploy" / "prometheus" / "rules.yaml").read_text())
    alerts = {rule["alert"]: rule["expr"] for group in rules["groups"] for rule in group["rules"]}
    red = {
        panel["title"]: step["value"]
        for panel in PANELS
        for step in panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
        if step["color"] == "red" and panel["type"] in {"stat", "timeseries"}
    }
    assert red == {
        "Since the last progress": 600, "Rows rejected": 0.2, "Exit code": 1,
        "Memory": 512 * 1024 * 1024,
    }  # fmt: skip
    assert "> 600)" in alerts["CxoneNoProgress"]
    assert "> 0.2 " in alerts["CxoneManyRejects"]
    assert "512 * 1024 * 1024" in alerts["CxoneMemoryNearLimit"]
