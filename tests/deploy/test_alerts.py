"""The alerts: what raises them, by Prometheus' own tool, and that their metrics exist."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import prometheus_rule
import pytest
import yaml

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
PROMETHEUS = ROOT / "deploy" / "prometheus"
IN_VENV = Path(sys.executable).with_name("promtool")
PROMTOOL = str(IN_VENV) if IN_VENV.exists() else shutil.which("promtool")
ALERTS = [
    rule
    for group in yaml.safe_load((PROMETHEUS / "rules.yaml").read_text())["groups"]
    for rule in group["rules"]
]


def promtool(*arguments: str) -> str:
    if PROMTOOL is None and not os.environ.get("CI"):
        pytest.skip("promtool, of Debian's package prometheus, is not installed")
    assert PROMTOOL is not None
    ended = subprocess.run(
        [PROMTOOL, *arguments], capture_output=True, text=True, check=False, timeout=60,
        cwd=PROMETHEUS,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def test_prometheus_reads_every_alert():
    assert f"SUCCESS: {len(ALERTS)} rules found" in promtool("check", "rules", "rules.yaml")


def test_the_alerts_fire_when_they_should_and_only_then():
    assert "SUCCESS" in promtool("test", "rules", "rules_test.yaml")


def test_every_alert_is_tested_to_fire():
    tests = yaml.safe_load((PROMETHEUS / "rules_test.yaml").read_text())["tests"]
    fired = {
        one["alertname"] for test in tests for one in test["alert_rule_test"]
        if one.get("exp_alerts")
    }  # fmt: skip
    assert fired == {rule["alert"] for rule in ALERTS}


def test_every_metric_of_an_alert_exists():
    documented = set(re.findall(r"^\| `(cxone_\w+)`", (ROOT / "docs/metrics.md").read_text(), re.M))
    asked = {name for rule in ALERTS for name in re.findall(r"cxone_\w+", rule["expr"])}
    assert asked
    assert asked <= documented


def test_the_memory_that_an_alert_takes_for_the_limit_is_the_limit():
    job = yaml.safe_load((ROOT / "deploy/kubernetes/job.yaml").read_text())
    (container,) = job["spec"]["template"]["spec"]["containers"]
    (rule,) = [rule for rule in ALERTS if rule["alert"] == "CxoneMemoryNearLimit"]
    assert container["resources"]["limits"]["memory"] == "512Mi"
    assert "512 * 1024 * 1024" in rule["expr"]


def test_every_alert_says_what_to_do_and_the_page_lists_it():
    page = (ROOT / "docs" / "monitor.md").read_text()
    listed = set(re.findall(r"^\| `(Cxone\w+)`", page, re.MULTILINE))
    assert listed == {rule["alert"] for rule in ALERTS}
    for rule in ALERTS:
        assert rule["annotations"].keys() == {"summary", "description"}
        for mentioned in re.findall(r"docs/[\w-]+\.md", rule["annotations"]["description"]):
            assert (ROOT / mentioned).exists()


def test_the_operator_is_given_the_alerts_of_the_rule_file():
    resource = yaml.safe_load(prometheus_rule.RESOURCE.read_text())
    assert (resource["apiVersion"], resource["kind"]) == (
        "monitoring.coreos.com/v1", "PrometheusRule",
    )  # fmt: skip
    assert resource["spec"] == yaml.safe_load(prometheus_rule.RULES.read_text()), "run `make docs`"
    written = prometheus_rule.resource(prometheus_rule.RULES.read_text())
    assert prometheus_rule.RESOURCE.read_text() == written, "run `make docs`"
