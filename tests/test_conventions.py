"""The files around the app keep their promises: pins, no telemetry, no strange host, contrast."""

import ast
import re
import tomllib
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
CONFIG: dict[str, Any] = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))
PIN = re.compile(r"([A-Za-z0-9-]+)==([0-9.]+)")


def pins(name: str) -> dict[str, str]:
    """The packages and versions of a requirements file; any line that is no pin is an error."""
    lines = [line.partition("#")[0].strip() for line in (ROOT / name).read_text().splitlines()]
    found = [PIN.fullmatch(line) for line in lines if line and not line.startswith("-r ")]
    return {match[1]: match[2] for match in found if match or pytest.fail(f"{name}: no pin")}


def contrast(one: str, other: str) -> float:
    """The ratio (L1 + 0.05) / (L2 + 0.05) of relative luminances, 1 to 21 (WCAG 2.2)."""

    def luminance(colour: str) -> float:
        channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
        linear = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
        return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_the_app_needs_five_packages() -> None:
    needed = {"numpy", "plotly", "scikit-learn", "segno", "streamlit"}
    assert set(pins("requirements.txt")) == needed


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_what_is_installed_is_what_is_pinned(name: str) -> None:
    assert {package: version(package) for package in pins(name)} == pins(name)


def test_build_backend_is_the_pinned_one() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert project["build-system"]["requires"] == [
        f"setuptools=={pins('requirements-dev.txt')['setuptools']}"
    ]
    assert [d for d in project["project"]["dependencies"] if not d.startswith("numpy")] == []


def test_settings_name_no_host_and_send_no_statistics() -> None:
    assert "://" not in (ROOT / ".streamlit" / "config.toml").read_text("utf-8")
    assert CONFIG["browser"]["gatherUsageStats"] is False


def test_settings_that_the_live_view_rests_on() -> None:
    assert CONFIG["runner"]["postScriptGC"] is False
    assert CONFIG["server"]["enableStaticServing"] is True
    assert CONFIG["client"]["showSidebarNavigation"] is False


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_theme_can_be_read(scheme: str) -> None:
    theme = CONFIG["theme"][scheme]
    for place in (theme, theme["sidebar"]):
        for ground in (place["backgroundColor"], place["secondaryBackgroundColor"]):
            assert contrast(theme["textColor"], ground) >= 7  # AAA
            assert contrast(theme["linkColor"], ground) >= 4.5  # AA
            assert contrast(theme["primaryColor"], ground) >= 3  # AA for marks and controls
    assert contrast(theme["primaryColor"], "#ffffff") >= 4.5  # Streamlit writes white on it


HOP = re.compile(r"^\| (\d+) \| `([^`]+)` \| `([^`]+)` \|", re.MULTILINE)


def test_every_hop_of_the_learning_rate_is_where_the_architecture_says() -> None:
    hops = HOP.findall((ROOT / "docs" / "architecture.md").read_text("utf-8"))
    assert [int(number) for number, _, _ in hops] == list(range(1, 31))
    for _, path, name in hops:
        text = (ROOT / path).read_text("utf-8")
        if path.endswith(".js"):
            assert re.search(rf"^  (async )?{name}\(", text, re.MULTILINE), (path, name)
            continue
        body: list[ast.stmt] = ast.parse(text).body
        for part in name.split("."):
            kinds = ast.FunctionDef | ast.ClassDef
            found = [node for node in body if isinstance(node, kinds) and node.name == part]
            assert found, (path, name)
            body = found[0].body
