"""The run directory: write-once artifacts, their hashes, and a manifest that says how they came about.

`runs/<UTC time>-<name>-<hash8>/manifest.json` holds the configuration, versions, device, git revision and the sha256 of
every artifact. A stage reads an artifact only if its hash is the recorded one. Several processes may write into one
run, as when a report is made of a benchmark in work: each change reads the manifest anew under a lock.
"""

import hashlib
import io
import json
import os
import platform
import shutil
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from discovery.files import locked, write_atomically
from discovery.provenance import changes, device, git_revision, package_versions
from discovery.settings import strict_json

MANIFEST = "manifest.json"
_MANIFEST_LOCK, _WORK_LOCK = ".manifest.lock", ".work.lock"
# The artifacts of the stages, in the order in which the loop makes them.
DRIFT, HISTORY = "drift.npz", "history.json"
TABLE, FRONT, SEARCH, VERDICTS = "table.npz", "front.json", "search.json", "verdicts.json"
SELECTION, SCORES, CURVES = "selection.json", "scores.json", "curves.npz"
DIAGNOSTICS, SUMMARY = "diagnostics.npz", "summary.json"
REPORT, PAGE = "report.md", "report.html"
CELLS = "cells/"
"""The folder of a benchmark's finished trainings, see `discovery.benchmark.store`."""
_NEEDED_BYTES = 64 * 1024 * 1024


class RunError(ValueError):
    """A run directory or an artifact cannot be used; the message names the file."""


class Run:
    """One run directory."""

    def __init__(self, path: Path, manifest: dict[str, Any]) -> None:
        self.path = path
        self.manifest = manifest

    @classmethod
    def create(cls, root: Path | str, name: str, config: Mapping[str, Any]) -> "Run":
        """A new directory below `root`.

        Raises:
            RunError: the directory cannot be written, or its disk has less than 64 MiB left. Told now, not after hours.
        """
        root = Path(root)
        stamp = datetime.now(UTC)
        digest = hashlib.sha256(
            f"{json.dumps(config, sort_keys=True, default=str)}{time.time_ns()}".encode()
        ).hexdigest()
        path = root / f"{stamp:%Y%m%dT%H%M%SZ}-{name}-{digest[:8]}"
        manifest = {
            "name": name,
            "created": stamp.isoformat(timespec="seconds"),
            "command": ["drift", *sys.argv[1:]],
            "config": dict(config),
            "git": git_revision(),
            "python": platform.python_version(),
            "versions": package_versions(),
            "device": device(),
            "artifacts": {},
        }
        try:
            path.mkdir(parents=True)
            run = cls(path, manifest)
            run._save_manifest()
            free = shutil.disk_usage(path).free
        except OSError as error:
            raise RunError(
                f"cannot write to the runs directory {root}: {error.strerror}; choose another with --runs"
            ) from None
        if free < _NEEDED_BYTES:
            shutil.rmtree(path, ignore_errors=True)
            raise RunError(
                f"the disk of {root} has {free // 2**20} MiB left; {_NEEDED_BYTES // 2**20} MiB are needed; "
                "free some or choose another place with --runs"
            )
        return run

    @classmethod
    def open(cls, path: Path | str) -> "Run":
        """An existing run directory.

        Raises:
            RunError: it is missing, or its manifest is missing or unreadable.
        """
        path = Path(path)
        if path.is_file():
            raise RunError(f"{path} is a file, not a run directory (drift runs lists them)")
        if not path.is_dir():
            raise RunError(f"no such run directory: {path} (drift runs lists them)")
        try:
            manifest = json.loads((path / MANIFEST).read_text())
        except OSError:
            raise RunError(f"{path / MANIFEST} is missing; this is not a run directory") from None
        except ValueError:
            raise RunError(f"{path / MANIFEST} is damaged: not JSON") from None
        if not isinstance(manifest, dict) or not isinstance(manifest.get("artifacts"), dict):
            raise RunError(f"{path / MANIFEST} is damaged: it lists no artifacts")
        if not isinstance(manifest.get("config"), dict):
            raise RunError(f"{path / MANIFEST} is damaged: it has no settings")
        return cls(path, manifest)

    def __contains__(self, name: str) -> bool:
        return name in self.manifest["artifacts"]

    @property
    def artifacts(self) -> list[str]:
        """The names of the artifacts, in the order in which they were written."""
        return list(self.manifest["artifacts"])

    @property
    def holdings(self) -> str:
        """The artifacts for a person, those of a folder counted: "front.json, certificates (12)"."""
        counts = Counter(name.partition("/")[:2] for name in self.artifacts)
        return ", ".join(f"{name} ({count})" if slash else name for (name, slash), count in counts.items())

    def write_bytes(self, name: str, data: bytes) -> Path:
        """Write an artifact once, atomically, and record its hash.

        Raises:
            RunError: it exists already, or the disk refuses it.
        """
        if name in self:
            raise RunError(f"{self.path / name} exists already; artifacts are written once")
        return self.replace_bytes(name, data)

    def write_text(self, name: str, text: str) -> Path:
        """Write a text artifact."""
        return self.write_bytes(name, text.encode())

    def write_json(self, name: str, data: Any) -> Path:
        """Write a JSON artifact, with null for numbers that are not finite."""
        return self.write_bytes(name, (strict_json(data, indent=1) + "\n").encode())

    def write_arrays(self, name: str, arrays: Mapping[str, Any]) -> Path:
        """Write arrays as npz, without pickle."""
        import numpy as np

        buffer = io.BytesIO()
        np.savez_compressed(buffer, allow_pickle=False, **arrays)
        return self.write_bytes(name, buffer.getvalue())

    def replace_text(self, name: str, text: str) -> Path:
        """Write a text that is derived from other artifacts (a report), replacing an earlier one."""
        return self.replace_bytes(name, text.encode())

    def replace_bytes(self, name: str, data: bytes) -> Path:
        """Write a derived artifact (a figure), replacing an earlier one.

        Raises:
            RunError: the disk refuses it.
        """
        target = self.path / name
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(target, data)
            with self._changed() as manifest:
                manifest["artifacts"].pop(name, None)  # the newest comes last
                manifest["artifacts"][name] = hashlib.sha256(data).hexdigest()
        except OSError as error:
            raise RunError(f"cannot write {target}: {error.strerror}") from None
        return target

    def remove(self, *names: str) -> None:
        """Delete artifacts; what is left of an interrupted deletion are files that the manifest does not know."""
        with self._changed() as manifest:
            for name in names:
                manifest["artifacts"].pop(name, None)
        for name in names:
            (self.path / name).unlink(missing_ok=True)

    def set_aside(self, name: str) -> None:
        """Take an artifact off the manifest; its file stays as NAME.damaged for whoever wants to look."""
        with self._changed() as manifest:
            manifest["artifacts"].pop(name, None)
        if (target := self.path / name).exists():
            os.replace(target, target.with_name(f"{target.name}.damaged"))

    def read_bytes(self, name: str) -> bytes:
        """An artifact whose hash is the recorded one.

        Raises:
            RunError: it is not recorded, missing, truncated or altered; the message names file and hashes.
        """
        target, recorded = self.path / name, self.manifest["artifacts"].get(name)
        if recorded is None:
            held = self.holdings or "nothing yet"
            raise RunError(f"{self.path} has no {name} (it holds: {held}); run the stage that makes it first")
        try:
            data = target.read_bytes()
        except OSError:
            raise RunError(f"{target} is missing (its recorded sha256 is {recorded[:12]}...)") from None
        actual = hashlib.sha256(data).hexdigest()
        if actual != recorded:
            raise RunError(f"{target} was altered or cut short: sha256 {actual[:12]}..., recorded {recorded[:12]}...")
        return data

    def read_json(self, name: str) -> Any:
        """A JSON artifact; the NaN and Infinity that earlier versions wrote are None, as null is."""
        return json.loads(self.read_bytes(name), parse_constant=lambda _: None)

    def read_arrays(self, name: str) -> dict[str, Any]:
        """The arrays of an npz artifact."""
        import numpy as np

        with np.load(io.BytesIO(self.read_bytes(name)), allow_pickle=False) as data:
            return {key: data[key] for key in data.files}

    def reconfigure(self, config: Mapping[str, Any], *, stale: Callable[[str], bool] = lambda name: False) -> None:
        """Give the run another configuration, and note under `resumed` the command and the versions that changed.

        Args:
            config: the new one.
            stale: of which artifacts what they say holds no more; they are deleted where the configuration has changed.
        """
        now = {"time": datetime.now(UTC).isoformat(timespec="seconds"), "command": ["drift", *sys.argv[1:]]}
        with self._changed() as manifest:
            changed = json.loads(strict_json(config, default=str)) != manifest["config"]
            gone = [name for name in manifest["artifacts"] if changed and stale(name)]
            for name in gone:
                del manifest["artifacts"][name]
            manifest["config"] = dict(config)
            manifest.setdefault("resumed", []).append({**now, "changes": changes(manifest)})
        for name in gone:
            (self.path / name).unlink(missing_ok=True)

    @contextmanager
    def _changed(self) -> Iterator[dict[str, Any]]:
        """The manifest as it is on the disk, to be changed: what other processes have recorded meanwhile stays."""
        with locked(self.path / _MANIFEST_LOCK, wait=True):
            self.manifest.update(Run.open(self.path).manifest)
            yield self.manifest
            self._save_manifest()

    def _save_manifest(self) -> None:
        text = strict_json(self.manifest, indent=1, default=str)
        write_atomically(self.path / MANIFEST, (text + "\n").encode())


@contextmanager
def in_work(path: Path) -> Iterator[None]:
    """Keep other processes from working on a run, or deleting it, as long as the block runs.

    Raises:
        RunError: another process is at it.
    """
    with ExitStack() as held:
        try:
            held.enter_context(locked(path / _WORK_LOCK, wait=False))
        except BlockingIOError:
            raise RunError(f"{path} is in work: another process writes it; wait for that or stop it") from None
        yield


def list_runs(root: Path | str) -> tuple[list[Run], list[str]]:
    """(the run directories below `root`, oldest first; what is wrong with the damaged ones)."""
    found, damaged = [], []
    for manifest in sorted(Path(root).glob(f"*/{MANIFEST}")):
        try:
            found.append(Run.open(manifest.parent))
        except RunError as error:
            damaged.append(str(error))
    return found, damaged
