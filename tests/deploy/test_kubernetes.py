"""The manifests against Kubernetes' own schemas, and against what the program does."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from cxone_async import __version__, errors
from cxone_async.errors import RunError
from cxone_async.settings import ImportSettings

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
MANIFESTS = [
    path
    for path in [
        *sorted(DEPLOY.glob("kubernetes/*.yaml")),
        *sorted(DEPLOY.glob("overlays/*/*.yaml")),
    ]
    if path.name != "kustomization.yaml"
]
OVERLAYS = sorted(path.name for path in DEPLOY.glob("overlays/*"))
KUBECTL = shutil.which("kubectl")
STAND_IN = {
    ("Deployment", "mock-tenant"), ("Service", "mock-tenant"), ("NetworkPolicy", "mock-tenant"),
    ("NetworkPolicy", "cxone-import-to-mock-tenant"),
}  # fmt: skip
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


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: f"{path.parent.name}/{path.name}")
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
    limits = container["resources"]["limits"]
    assert (limits["cpu"], limits["memory"]) == ("2", "512Mi")


def test_every_try_of_a_job_has_its_directory_and_no_secret_is_in_sight(pod):
    (container,) = pod["containers"]
    (job_name,) = [one for one in container["env"] if one["name"] == "JOB_NAME"]
    label = "metadata.labels['batch.kubernetes.io/job-name']"
    assert job_name["valueFrom"] == {"fieldRef": {"fieldPath": label}}
    assert "--run-dir=/runs/$(JOB_NAME)" in container["args"]
    assert [one["name"] for one in container["env"]] == ["JOB_NAME"]
    assert not any(argument.startswith("--client-secret=") for argument in container["args"])
    assert not {name for name in manifest("settings.yaml")["data"] if "CLIENT" in name}


def test_the_arguments_and_settings_are_accepted_by_the_program(
    command, pod, tmp_path, monkeypatch
):
    monkeypatch.delenv("CXONE_CLIENT_ID")
    monkeypatch.delenv("CXONE_CLIENT_SECRET")
    for name, value in manifest("settings.yaml")["data"].items():
        monkeypatch.setenv(name, value)
    (volume,) = [one for one in pod["volumes"] if one["name"] == "credentials"]
    for item in volume["secret"]["items"]:
        (tmp_path / item["path"]).write_text("x")
    (container,) = pod["containers"]
    places = {
        "/credentials": str(tmp_path),
        "/runs/$(JOB_NAME)": str(tmp_path / "runs" / "cxone-import"),
        "/input": str(tmp_path),
        "--status-port=8080": "--status-port=0",  # may be taken on this machine
    }
    arguments = container["args"]
    for place, here in places.items():
        arguments = [argument.replace(place, here) for argument in arguments]
    ended = command(*arguments)
    assert (ended.code, "no such file" in ended.err) == (66, True), ended.err


def test_the_example_of_a_secret_has_what_the_pod_mounts(pod):
    secret = manifest("secret-example.yaml")
    (volume,) = [one for one in pod["volumes"] if one["name"] == "credentials"]
    assert volume["secret"]["secretName"] == secret["metadata"]["name"]
    assert {one["key"] for one in volume["secret"]["items"]} == secret["stringData"].keys()
    resources = manifest("kustomization.yaml")["resources"]
    assert "secret-example.yaml" not in resources


def test_the_pod_has_an_account_without_a_token_and_the_settings(pod):
    account = manifest("service-account.yaml")
    assert pod["serviceAccountName"] == account["metadata"]["name"]
    assert pod["automountServiceAccountToken"] is account["automountServiceAccountToken"] is False
    (container,) = pod["containers"]
    settings = manifest("settings.yaml")["metadata"]["name"]
    assert container["envFrom"] == [{"configMapRef": {"name": settings}}]


def test_only_the_scraper_connects_to_the_pod_which_reaches_names_and_https_only(job, pod):
    policy = manifest("network-policy.yaml")["spec"]
    labels = job["template"]["metadata"]["labels"]
    assert policy["podSelector"]["matchLabels"].items() <= labels.items()
    assert sorted(policy["policyTypes"]) == ["Egress", "Ingress"]
    (port,) = pod["containers"][0]["ports"]
    monitoring = {"kubernetes.io/metadata.name": "monitoring"}
    assert policy["ingress"] == [
        {
            "from": [{"namespaceSelector": {"matchLabels": monitoring}}],
            "ports": [{"protocol": "TCP", "port": port["containerPort"]}],
        }
    ]
    ports = {(one["protocol"], one["port"]) for rule in policy["egress"] for one in rule["ports"]}
    assert ports == {("UDP", 53), ("TCP", 53), ("TCP", 443)}


def test_a_scraper_reaches_the_metrics_of_the_pod(pod):
    (container,) = pod["containers"]
    (port,) = container["ports"]
    assert "--status-host=0.0.0.0" in container["args"]
    assert f"--status-port={port['containerPort']}" in container["args"]


def test_the_pod_monitor_finds_the_pod_and_samples_it_before_its_series_go_stale(job, pod):
    monitor = yaml.safe_load((DEPLOY / "prometheus" / "pod-monitor.yaml").read_text())
    assert (monitor["apiVersion"], monitor["kind"]) == ("monitoring.coreos.com/v1", "PodMonitor")
    selected = monitor["spec"]["selector"]["matchLabels"]
    assert selected
    assert selected.items() <= job["template"]["metadata"]["labels"].items()
    (endpoint,) = monitor["spec"]["podMetricsEndpoints"]
    assert endpoint.keys() == {"port", "path", "interval", "scrapeTimeout"}
    (port,) = pod["containers"][0]["ports"]
    assert (endpoint["port"], endpoint["path"]) == (port["name"], "/metrics")
    seconds = {key: int(endpoint[key].removesuffix("s")) for key in ("interval", "scrapeTimeout")}
    assert seconds["scrapeTimeout"] <= seconds["interval"] <= 60


def built(overlay: str, overlays: Path = DEPLOY / "overlays") -> dict[tuple[str, str], Any]:
    """What an overlay makes, by kind and name."""
    assert KUBECTL is not None
    ended = subprocess.run(
        [KUBECTL, "kustomize", str(overlays / overlay)],
        capture_output=True, text=True, check=False, timeout=60, env={"PATH": os.environ["PATH"]},
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    made = list(yaml.safe_load_all(ended.stdout))
    by_name = {(one["kind"], one["metadata"]["name"]): one for one in made}
    assert len(by_name) == len(made)
    return by_name


@pytest.mark.skipif(KUBECTL is None, reason="kubectl, which builds overlays, is not installed")
@pytest.mark.parametrize("overlay", OVERLAYS)
def test_an_overlay_makes_all_of_the_base_in_a_restricted_namespace(overlay, tmp_path):
    made = built(overlay)
    (namespace,) = [one["metadata"] for (kind, _), one in made.items() if kind == "Namespace"]
    of_the_base = {
        (one["kind"], one["metadata"]["name"])
        for one in map(manifest, manifest("kustomization.yaml")["resources"])
    }
    added = made.keys() - of_the_base - {("Namespace", namespace["name"])}
    assert of_the_base <= made.keys()
    assert added == (STAND_IN if overlay == "staging" else set())
    del made["Namespace", namespace["name"]]
    assert namespace["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    assert {one["metadata"]["namespace"] for one in made.values()} == {namespace["name"]}
    whole = tmp_path / "whole.yaml"
    whole.write_text(yaml.safe_dump_all(made.values()))
    test_kubernetes_accepts_the_manifest_strictly(whole)
    settings = made["ConfigMap", "cxone-settings"]["data"]
    assert {
        name.removeprefix("CXONE_").lower() for name in settings
    } <= ImportSettings.model_fields.keys()
    job = made["CronJob", "cxone-import"]["spec"]["jobTemplate"]["spec"]
    pods = [job["template"]["spec"]]
    pods += [
        one["spec"]["template"]["spec"] for (kind, _), one in made.items() if kind == "Deployment"
    ]
    for pod in pods:
        (container,) = pod["containers"]
        assert container["image"] == f"cxone-async:{__version__}"
        assert {one["name"] for one in container["volumeMounts"]} == {
            one["name"] for one in pod["volumes"]
        }


@pytest.mark.skipif(KUBECTL is None, reason="kubectl, which builds overlays, is not installed")
def test_staging_starts_by_hand_only_and_sends_to_the_stand_in_alone():
    staging, production = built("staging"), built("production")
    nightly, settings = ("CronJob", "cxone-import"), ("ConfigMap", "cxone-settings")
    assert staging[nightly]["spec"]["suspend"] is True
    assert "suspend" not in production[nightly]["spec"]
    assert "CXONE_TENANT" not in staging[settings]["data"]
    (service,) = [name for kind, name in staging if kind == "Service"]
    assert staging[settings]["data"]["CXONE_BASE_URL"] == f"https://{service}"
    assert "CXONE_BASE_URL" not in production[settings]["data"]
    (container,) = staging[nightly]["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    assert {one["name"]: one.get("value") for one in container["env"]} == {
        "JOB_NAME": None, "SSL_CERT_FILE": "/certificate/tls.crt",
    }  # fmt: skip
    assert (
        container["args"]
        == manifest("job.yaml")["spec"]["template"]["spec"]["containers"][0]["args"]
    )


@pytest.mark.skipif(KUBECTL is None, reason="kubectl, which builds overlays, is not installed")
def test_an_overlay_takes_in_the_pod_monitor_and_the_alerts_as_the_component_says(tmp_path):
    overlays = tmp_path / "deploy" / "overlays"
    shutil.copytree(DEPLOY, tmp_path / "deploy")
    kustomization = overlays / "production" / "kustomization.yaml"
    kustomization.write_text(f"{kustomization.read_text()}components: [../../prometheus]\n")
    made = built("production", overlays)
    monitor, nightly = made["PodMonitor", "cxone-import"], made["CronJob", "cxone-import"]
    assert monitor["metadata"]["namespace"] == nightly["metadata"]["namespace"]
    rule = made["PrometheusRule", "cxone-import"]
    assert rule["metadata"]["namespace"] == nightly["metadata"]["namespace"]
    assert rule["spec"] == yaml.safe_load((DEPLOY / "prometheus" / "rules.yaml").read_text())


def test_the_pod_fits_the_restricted_profile(pod):
    allowed = {"configMap", "emptyDir", "persistentVolumeClaim", "projected", "secret"}
    assert {kind for volume in pod["volumes"] for kind in volume.keys() - {"name"}} <= allowed
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert not {"hostNetwork", "hostPID", "hostIPC", "initContainers"} & pod.keys()


def test_a_finished_job_goes_after_a_week_and_prints_within_bounds(job, pod):
    assert job["ttlSecondsAfterFinished"] == 7 * 24 * 3600
    (container,) = pod["containers"]
    for amounts in container["resources"].values():
        assert "ephemeral-storage" in amounts
