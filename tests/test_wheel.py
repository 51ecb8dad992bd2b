"""The engine as a wheel: it installs beside NumPy alone, and trains the spiral there."""

import json
import shutil
import subprocess
import sys
import venv
import zipfile
from email import message_from_bytes
from importlib.metadata import distribution
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
PIP = (sys.executable, "-m", "pip", "--isolated", "--disable-pip-version-check", "--quiet")

# Runs inside the clean environment; prints what it finds as one line of JSON.
TRAIN = """
import importlib.metadata, json, pkgutil, sys, sysconfig
import numpy as np
import engine
from engine import Adam, Dense, ReLU, Sequential, SoftmaxCrossEntropy

radius, y = np.linspace(0.05, 1.0, 300), np.arange(300) % 3
angle = 4.0 * radius + y * 2.0 * np.pi / 3.0
X = np.column_stack([radius * np.sin(angle), radius * np.cos(angle)])
model = Sequential([Dense(2, 64, init="he"), ReLU(), Dense(64, 3)], seed=0)
model.compile(optimizer=Adam(learning_rate=0.01), loss=SoftmaxCrossEntropy())
history = model.fit(X, y, epochs=100, batch_size=32)

places = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
files = {n: getattr(m, "__file__", None) or "" for n, m in sys.modules.items()}
print(json.dumps({
    "accuracy": history.accuracy[-1],
    "first": history.accuracy[0],
    "engine": engine.__file__,
    "installed": sorted(d.name for d in importlib.metadata.distributions()),
    "importable": sorted(m.name for m in pkgutil.iter_modules(places)),
    "loaded": sorted({n.partition(".")[0] for n, f in files.items() if "-packages" in f}),
    "path": [p for p in sys.path if "site-packages" in p or "dist-packages" in p],
    "places": sorted(places),
}))
"""


def run(*command: str, cwd: Path) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy, so that nothing is left in the tree."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    for name in ("engine", "playground"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    options = ("--no-deps", "--no-build-isolation", "--no-index", f"--wheel-dir={target}")
    run(*PIP, "wheel", *options, str(source), cwd=source)
    (built,) = target.iterdir()
    return built


def link_numpy(site: Path) -> None:
    """Make the NumPy that runs these tests, and nothing beside it, part of another environment."""
    numpy = distribution("numpy")
    for name in {file.parts[0] for file in numpy.files or () if file.parts[0] != ".."}:
        (site / name).symlink_to(Path(str(numpy.locate_file(name))))


@pytest.fixture(scope="module")
def clean(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment that holds NumPy and the wheel: its Python."""
    home = tmp_path_factory.mktemp("clean")
    venv.create(home, symlinks=True, with_pip=False)
    python = home / "bin" / "python"
    place = run(
        str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=home
    )
    link_numpy(Path(place.strip()))
    # No index and no link: were anything needed that is not there, this would fail.
    run(*PIP, "--python", str(python), "install", "--no-index", str(wheel), cwd=home)
    return python


def test_the_wheel_holds_the_engine_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {PurePosixPath(name) for name in archive.namelist()}
        meta = next(name for name in names if name.name == "METADATA")
        metadata = message_from_bytes(archive.read(str(meta)))
    assert {name.parts[0] for name in names} == {"engine", meta.parts[0]}
    engine = {str(name.relative_to("engine")) for name in names if name.parts[0] == "engine"}
    sources = {str(path.relative_to(ROOT / "engine")) for path in (ROOT / "engine").rglob("*.py")}
    assert engine == sources | {"py.typed"}
    assert [need.partition(">")[0] for need in metadata.get_all("Requires-Dist", [])] == ["numpy"]
    assert wheel.name.endswith("-py3-none-any.whl")


def test_it_trains_the_spiral_beside_numpy_alone(clean: Path) -> None:
    options = ("-I", "-W", "error", "-c", TRAIN)
    found: dict[str, Any] = json.loads(run(str(clean), *options, cwd=clean.parent))
    assert found["installed"] == ["neural-playground-engine", "numpy"]
    assert found["importable"] == ["engine", "numpy"]
    assert found["loaded"] == ["engine", "numpy"]
    assert sorted(found["path"]) == found["places"]
    assert Path(found["engine"]).is_relative_to(clean.parents[1])
    assert found["accuracy"] > 0.98 > 0.8 > found["first"]


def test_its_types_can_be_seen(clean: Path) -> None:
    """mypy follows the installed package, since it carries `py.typed`."""
    source = clean.parents[1] / "uses.py"
    source.write_text("import engine\n\nreveal_type(engine.Sequential().seed)\n")
    command = (sys.executable, "-m", "mypy", "--python-executable", str(clean), "--config-file=")
    shown = run(
        *command, "--no-incremental", "--follow-imports=silent", str(source), cwd=source.parent
    )
    assert 'Revealed type is "int"' in shown
