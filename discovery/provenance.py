"""How results came about: the revision of the code, the versions of what they depend on, the device."""

import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

_PACKAGES = (
    "drift-discovery",
    "jax",
    "jaxlib",
    "flax",
    "optax",
    "brax",
    "gymnax",
    "numpy",
    "scipy",
    "sympy",
    "python-flint",
)


def git_revision() -> str | None:
    """The revision of the checkout that this package runs from, if it runs from one."""
    checkout = Path(__file__).parents[1]
    if not (checkout / ".git").exists():
        return None
    try:
        answer = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=12"],
            cwd=checkout,
            capture_output=True,
            text=True,
            timeout=5,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return answer.stdout.strip() or None


def package_versions() -> dict[str, str]:
    """The installed versions of what results depend on."""
    found = {}
    for package in _PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def changes(manifest: Mapping[str, Any]) -> list[str]:
    """Where a run's manifest and the present differ in revision and versions: "jax 0.8.0, now 0.8.1"."""
    before = {"revision": manifest.get("git"), **manifest.get("versions", {})}
    now = {"revision": git_revision(), **package_versions()}
    names = [name for name in {**before, **now} if before.get(name) != now.get(name)]
    return [f"{name} {before.get(name) or 'none'}, now {now.get(name) or 'none'}" for name in names]


def device() -> str:
    """What this process computes on, for a person."""
    jax = sys.modules.get("jax")
    kind = jax.devices()[0].device_kind if jax else "cpu"
    return f"{kind}, {os.cpu_count()} cores, {platform.machine()}"
