"""The files of deploy/ hold to the rules of the single container, and to each other."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from playground.service import SEATS

ROOT = Path(__file__).resolve().parents[1]
DEPLOY = ROOT / "deploy"
BASE = DEPLOY / "kubernetes" / "base"
OVERLAYS = sorted((DEPLOY / "kubernetes" / "overlays").iterdir())
VERSION = "1.34"  # of Kubernetes
POLICY = re.compile(r'Content-Security-Policy "([^"]+)"')


def read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    return found


def manifests() -> dict[str, dict[str, Any]]:
    """The plain manifests, by kind."""
    files = [BASE / name for name in read(BASE / "kustomization.yaml")["resources"]]
    assert {*files, BASE / "kustomization.yaml"} == set(BASE.iterdir())
    return {found["kind"]: found for found in map(read, files)}


def test_compose_shuts_its_containers_as_the_single_one_is_shut() -> None:
    services = read(DEPLOY / "compose.yaml")["services"]
    assert set(services) == {"app", "proxy"}
    for service in services.values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert {"cpus", "mem_limit", "stop_grace_period"} <= set(service)
    assert "ports" not in services["app"]
    assert services["app"]["networks"] == ["inside"]
    assert read(DEPLOY / "compose.yaml")["networks"]["inside"] == {"internal": True}


def test_compose_mounts_the_configuration_that_is_tested() -> None:
    assert read(DEPLOY / "compose.yaml")["services"]["proxy"]["volumes"] == [
        "./haproxy:/usr/local/etc/haproxy:ro"
    ]
    files = set(re.findall(r"/(\w+\.cfg)", (DEPLOY / "compose.tls.yaml").read_text("utf-8")))
    assert files == {"haproxy.cfg", "tls.cfg"}


@pytest.mark.parametrize("kind", sorted(manifests()))
def test_a_manifest_is_valid(kind: str) -> None:
    kubernetes_validate.validate(manifests()[kind], VERSION, strict=True)


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl builds the overlays")
@pytest.mark.parametrize("overlay", OVERLAYS, ids=lambda path: path.name)
def test_an_overlay_builds_valid_manifests(overlay: Path) -> None:
    command = ["kubectl", "kustomize", str(overlay)]
    built = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = list(yaml.safe_load_all(built))
    assert {each["kind"] for each in found} == set(manifests())
    for each in found:
        kubernetes_validate.validate(each, VERSION, strict=True)


def test_pods_are_found_by_their_label_and_reach_nothing() -> None:
    found = manifests()
    label = found["Deployment"]["spec"]["template"]["metadata"]["labels"]
    assert found["Deployment"]["spec"]["selector"]["matchLabels"] == label
    assert found["Service"]["spec"]["selector"] == label
    assert found["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"] == label
    network = found["NetworkPolicy"]["spec"]
    assert network["podSelector"]["matchLabels"] == label
    assert "Egress" in network["policyTypes"]
    assert "egress" not in network


def test_the_policy_of_what_a_page_may_load_is_the_same_everywhere() -> None:
    (proxy,) = POLICY.findall((DEPLOY / "haproxy" / "haproxy.cfg").read_text("utf-8"))
    (ingress,) = POLICY.findall((BASE / "ingress.yaml").read_text("utf-8"))
    assert proxy == ingress
    assert "unsafe-eval" not in proxy


def test_the_seats_are_the_same_everywhere() -> None:
    (container,) = manifests()["Deployment"]["spec"]["template"]["spec"]["containers"]
    assert {each["name"]: each["value"] for each in container["env"]} == {
        "PLAYGROUND_SEATS": str(SEATS)
    }
    compose = (DEPLOY / "compose.yaml").read_text("utf-8")
    assert f"${{PLAYGROUND_SEATS:-{SEATS}}}" in compose


def test_the_image_holds_what_its_command_starts() -> None:
    assert 'CMD ["streamlit", "run", "serve.py"]' in (ROOT / "Dockerfile").read_text("utf-8")
    assert "!serve.py" in (ROOT / ".dockerignore").read_text("utf-8").splitlines()
