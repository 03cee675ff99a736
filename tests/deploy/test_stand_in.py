"""The stand-in of the staging overlay: its manifests, and a load into it as they say."""

import gzip
import os
import re
import shlex
import socket
import ssl
import subprocess
import sys
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
BASE = ROOT / "deploy" / "kubernetes"
STAGING = ROOT / "deploy" / "overlays" / "staging"
DEPLOYMENT, SERVICE = yaml.safe_load_all((STAGING / "mock-tenant.yaml").read_text())
POD = DEPLOYMENT["spec"]["template"]["spec"]
(CONTAINER,) = POD["containers"]
(PORT,) = CONTAINER["ports"]
LABELS = DEPLOYMENT["spec"]["template"]["metadata"]["labels"]


@pytest.fixture
def certificate(tmp_path):
    """A directory with `tls.crt` and `tls.key`, made as the page says, but for 127.0.0.1."""
    page = (ROOT / "docs" / "kubernetes.md").read_text().replace("\\\n", " ")
    (line,) = re.findall(r"^openssl .*$", page, re.MULTILINE)
    assert f"DNS:{SERVICE['metadata']['name']}" in line
    line = line.replace(f"DNS:{SERVICE['metadata']['name']}", "IP:127.0.0.1")
    subprocess.run(shlex.split(line), check=True, capture_output=True, cwd=tmp_path, timeout=60)
    return tmp_path


@contextmanager
def serving(directory):
    """The stand-in with the arguments of its container; yields its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    places = {
        "/certificate": str(directory), "/state": str(directory),
        f"--port={PORT['containerPort']}": f"--port={port}",
    }  # fmt: skip
    arguments = CONTAINER["args"]
    for place, here in places.items():
        arguments = [argument.replace(place, here) for argument in arguments]
    program = subprocess.Popen(
        [sys.executable, "-m", "cxone_async", *arguments], stdout=subprocess.PIPE, text=True
    )
    assert program.stdout is not None
    try:
        assert "listening" in program.stdout.readline()
        yield port
    finally:
        program.terminate()
        program.communicate(timeout=30)
    assert program.returncode == 0


def test_a_load_goes_from_the_nightly_job_into_the_stand_in(certificate, tmp_path):
    settings = yaml.safe_load((BASE / "settings.yaml").read_text())["data"]
    for patch in yaml.safe_load((STAGING / "kustomization.yaml").read_text())["patches"]:
        settings |= yaml.safe_load(patch["patch"]).get("data", {})
    (tmp_path / "leads.csv.gz").write_bytes(
        gzip.compress(
            b"phone,email,first_name,last_name,country\n"
            b"+12025550101,ada@example.com,Ada,Abbott,US\n"
        )
    )
    (tmp_path / "client-id").write_text("demo-client")
    (tmp_path / "client-secret").write_text("demo-secret")
    job = yaml.safe_load((BASE / "job.yaml").read_text())["spec"]["template"]["spec"]
    arguments = job["containers"][0]["args"]
    for place, here in {
        "/input": str(tmp_path), "/credentials": str(tmp_path),
        "/runs/$(JOB_NAME)": f"{tmp_path}/run", "--status-port=8080": "--status-port=0",
    }.items():  # fmt: skip
        arguments = [argument.replace(place, here) for argument in arguments]
    with serving(certificate) as port:
        settings["CXONE_BASE_URL"] = f"https://127.0.0.1:{port}"
        settings["CXONE_LEDGER"] = settings["CXONE_LEDGER"].replace("/runs", str(tmp_path))
        settings["CXONE_QUOTA"] = "600"  # not to wait; a load this small fits in any quota
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith("CXONE_")
        }
        environment |= {name: value for name, value in settings.items() if value is not None}
        ended = subprocess.run(
            [sys.executable, "-m", "cxone_async", *arguments],
            env=environment | {"SSL_CERT_FILE": str(certificate / "tls.crt")},
            capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    assert "IMPORTED 1 of 1" in ended.stdout
    assert (tmp_path / "tenant.sqlite").stat().st_size > 0


def test_it_is_ready_as_its_probe_asks_and_strict_clients_trust_its_certificate(certificate):
    probe = CONTAINER["readinessProbe"]["httpGet"]
    assert (probe["port"], probe["scheme"]) == (PORT["name"], "HTTPS")
    trusting = ssl.create_default_context(cafile=certificate / "tls.crt")
    trusting.verify_flags |= ssl.VERIFY_X509_STRICT  # the default from Python 3.13 on
    with serving(certificate) as port:
        url = f"https://127.0.0.1:{port}{probe['path']}"
        with urllib.request.urlopen(url, context=trusting, timeout=30) as answer:
            assert answer.status == 200


def test_the_service_leads_to_the_stand_in_under_a_name_that_makes_no_setting():
    assert SERVICE["spec"]["selector"].items() <= LABELS.items()
    (port,) = SERVICE["spec"]["ports"]
    assert (port["port"], port["targetPort"]) == (443, PORT["name"])
    assert not SERVICE["metadata"]["name"].startswith("cxone")


def test_there_is_one_and_what_it_took_outlives_its_container():
    assert DEPLOYMENT["spec"]["replicas"] == 1
    assert DEPLOYMENT["spec"]["strategy"] == {"type": "Recreate"}
    (state,) = [volume for volume in POD["volumes"] if volume["name"] == "state"]
    assert "emptyDir" in state


def test_it_fits_the_restricted_profile():
    allowed = {"configMap", "emptyDir", "persistentVolumeClaim", "projected", "secret"}
    assert {kind for volume in POD["volumes"] for kind in volume.keys() - {"name"}} <= allowed
    assert POD["securityContext"]["runAsNonRoot"] is True
    assert POD["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert CONTAINER["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert POD["automountServiceAccountToken"] is False
    assert POD["enableServiceLinks"] is False


def test_only_the_import_reaches_it_and_it_reaches_nobody():
    theirs, ours = yaml.safe_load_all((STAGING / "mock-tenant-network-policy.yaml").read_text())
    job = yaml.safe_load((BASE / "job.yaml").read_text())["spec"]["template"]["metadata"]["labels"]
    ports = [{"protocol": "TCP", "port": PORT["containerPort"]}]
    assert theirs["spec"] == {
        "podSelector": {"matchLabels": LABELS},
        "policyTypes": ["Ingress", "Egress"],
        "ingress": [{"from": [{"podSelector": {"matchLabels": job}}], "ports": ports}],
    }
    assert ours["spec"] == {
        "podSelector": {"matchLabels": job},
        "policyTypes": ["Egress"],
        "egress": [{"to": [{"podSelector": {"matchLabels": LABELS}}], "ports": ports}],
    }
