"""The manifests against Kubernetes' own schemas, and against what the program does."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from cxone_async import errors
from cxone_async.errors import RunError
from cxone_async.settings import ImportSettings

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
MANIFESTS = sorted((ROOT / "deploy" / "kubernetes").glob("*.yaml"))
RESUMABLE = {69, 75}
KILLED = {137, 143}


def manifest(name: str) -> Any:
    return yaml.safe_load((ROOT / "deploy" / "kubernetes" / name).read_text())


@pytest.fixture
def job() -> Any:
    return manifest("job.yaml")["spec"]


@pytest.fixture
def pod(job: Any) -> Any:
    return job["template"]["spec"]


def actions(job: Any) -> dict[int, str]:
    """What becomes of the Job by exit code; the first rule that fits counts."""
    found: dict[int, str] = {}
    for rule in job["podFailurePolicy"]["rules"]:
        for code in rule.get("onExitCodes", {}).get("values", ()):
            assert code not in found
            found[code] = rule["action"]
    return found


def documented_codes() -> set[int]:
    table = (ROOT / "docs" / "files.md").read_text().split("## Exit codes")[1].split("\n## ")[0]
    return {int(code) for code in re.findall(r"^\| (\d+) \|", table, re.MULTILINE)}


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.name)
def test_kubernetes_accepts_the_manifest_strictly(path):
    ended = subprocess.run(
        [sys.executable, "-m", "kubernetes_validate", "--strict", "--no-warn", str(path)],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_the_schemas_would_refuse_a_field_that_does_not_exist(tmp_path):
    wrong = tmp_path / "wrong.yaml"
    text = (ROOT / "deploy" / "kubernetes" / "job.yaml").read_text()
    wrong.write_text(text.replace("backoffLimit:", "backoffLimits:"))
    ended = subprocess.run(
        [sys.executable, "-m", "kubernetes_validate", "--strict", "--no-warn", str(wrong)],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert ended.returncode != 0
    assert "backoffLimits" in ended.stdout + ended.stderr


def test_every_documented_exit_code_has_a_rule_that_fits_it(job):
    leaves = [one for one in vars(errors).values() if isinstance(one, type)]
    raised = {
        one.exit_code for one in leaves if issubclass(one, RunError) and hasattr(one, "exit_code")
    }
    assert raised | {0, 3, 70} == documented_codes()
    by_code = actions(job)
    assert by_code.keys() == (documented_codes() - {0}) | KILLED
    assert {code for code, action in by_code.items() if action != "FailJob"} == RESUMABLE | KILLED
    assert by_code[75] == "Ignore"  # a drained node is not a failure
    assert by_code[69] == "Count"  # a tenant that is down all night is one
    rules = job["podFailurePolicy"]["rules"]
    assert rules[0]["action"] == "FailJob"  # before a disruption can excuse it
    assert {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget"}]} in rules
    assert all(
        rule["onExitCodes"]["containerName"] in {"import"}
        for rule in rules
        if "onExitCodes" in rule
    )


def test_only_one_pod_at_a_time_writes_a_run_directory(job, pod):
    claim = manifest("run-directory.yaml")
    (runs,) = [volume for volume in pod["volumes"] if volume["name"] == "runs"]
    assert claim["spec"]["accessModes"] == ["ReadWriteOncePod"]
    assert runs["persistentVolumeClaim"]["claimName"] == claim["metadata"]["name"]
    assert manifest("cronjob.yaml")["spec"]["concurrencyPolicy"] == "Forbid"
    assert pod["restartPolicy"] == "Never"
    assert job["podReplacementPolicy"] == "Failed"


def test_the_nightly_job_is_the_job(job):
    assert manifest("cronjob.yaml")["spec"]["jobTemplate"]["spec"] == job


def test_the_pod_has_time_to_drain(pod):
    assert pod["terminationGracePeriodSeconds"] >= ImportSettings.model_fields["grace"].default + 20


def test_the_pod_is_confined(pod):
    (container,) = pod["containers"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    user = pod["securityContext"]["runAsUser"]
    assert f"USER {user}:{user}" in (ROOT / "Dockerfile").read_text()
    confined = container["securityContext"]
    assert confined["readOnlyRootFilesystem"] is True
    assert confined["allowPrivilegeEscalation"] is False
    assert confined["capabilities"] == {"drop": ["ALL"]}
    assert container["resources"]["limits"] == {"cpu": "2", "memory": "512Mi"}


def test_every_try_of_a_job_has_its_directory_and_no_secret_is_in_sight(pod):
    (container,) = pod["containers"]
    (job_name,) = [one for one in container["env"] if one["name"] == "JOB_NAME"]
    label = "metadata.labels['batch.kubernetes.io/job-name']"
    assert job_name["valueFrom"] == {"fieldRef": {"fieldPath": label}}
    assert "--run-dir=/runs/$(JOB_NAME)" in container["args"]
    assert [one["name"] for one in container["env"] if "value" in one] == []
    assert not any(argument.startswith("--client-secret=") for argument in container["args"])


def test_the_arguments_are_accepted_by_the_program(command, pod, tmp_path):
    (tmp_path / "client-secret").write_text("x")
    (container,) = pod["containers"]
    places = {
        "/credentials": str(tmp_path),
        "/runs/$(JOB_NAME)": str(tmp_path / "runs" / "cxone-import"),
        "/input": str(tmp_path),
    }
    arguments = container["args"]
    for place, here in places.items():
        arguments = [argument.replace(place, here) for argument in arguments]
    ended = command(*arguments)
    assert (ended.code, "no such file" in ended.err) == (66, True), ended.err
