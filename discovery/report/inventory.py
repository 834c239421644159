"""What a list of runs says of each: its kind, whether it is finished, its size and its best score."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from discovery.report.numbers import is_number
from discovery.runs import DRIFT, HISTORY, SCORES, VERDICTS, Run

_LAST = {"discover": SCORES, "train": DRIFT, "distil": VERDICTS, "bench": SCORES}
"""The artifact that the command of each kind makes last; an interrupted benchmark has one of some conditions."""


@dataclass(frozen=True)
class Item:
    """A run in a list.

    Attributes:
        run: the run.
        kind: the command that made it: "discover", "train", "distil" or "bench".
        finished: whether it holds what that command makes last, of all that it was asked for.
        size: bytes on disk.
        score: the best score in it, None where there is none.
        score_of: what that score is: "held-out" or "benchmark", and "return" or "normalised".
    """

    run: Run
    kind: str
    finished: bool
    size: int
    score: float | None
    score_of: str | None

    @property
    def holdings(self) -> str:
        """The artifacts in a few words: checkpoints, figures and the files of folders counted."""
        counts = Counter(map(_family, self.run.artifacts))
        return ", ".join(name if count == 1 else f"{name} ({count})" for name, count in counts.items())

    @property
    def envs(self) -> list[str]:
        """The environments of the run."""
        return environments_of(self.run.manifest)

    @property
    def drifts(self) -> list[str]:
        """The drifts that it compares, or that it took its formulas from."""
        config = self.run.manifest["config"]
        source = config.get("source")
        return list(config.get("drifts") or ([str(source)] if source else []))


def item_of(run: Run) -> Item:
    """A run with its size, kind and best score."""
    kind = run_kind(run.manifest)
    score, score_of = _best(run)
    return Item(run, kind, _LAST[kind] in run and _lacks_no_condition(run), disk_size(run.path), score, score_of)


def _lacks_no_condition(run: Run) -> bool:
    """Whether a benchmark's scores are of all conditions that its manifest lists, if it lists any."""
    wanted = run.manifest["config"].get("conditions") or {}
    try:
        return not wanted or set(wanted) <= {row["condition"] for row in run.read_json(SCORES)}
    except (ValueError, KeyError, TypeError):  # damaged
        return False


def run_kind(manifest: Mapping[str, Any]) -> str:
    """The command that made a run: "bench", "distil", "train" or "discover"."""
    config, command = manifest["config"], manifest.get("command") or []
    if "drifts" in config:
        return "bench"
    if "source" in config:
        return "distil"
    return "train" if list(command[1:2]) == ["train"] else "discover"


def environments_of(manifest: Mapping[str, Any]) -> list[str]:
    """The environments of a run; of one without any, none."""
    config = manifest["config"]
    names = config.get("envs") or config.get("task") or []
    return [names] if isinstance(names, str) else list(names)


def disk_size(folder: Path) -> int:
    """Bytes of the files below a folder; links are not followed."""
    return sum(file.lstat().st_size for file in folder.rglob("*") if file.is_file() and not file.is_symlink())


def size_text(size: int) -> str:
    """Bytes for a person."""
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= factor:
            return f"{size / factor:.1f} {unit}"
    return f"{size} B"


def _family(artifact: str) -> str:
    folder, slash, _ = artifact.partition("/")
    if slash:
        return folder
    if artifact.startswith(("checkpoint-", "history-")):
        return "checkpoints"
    return "figures" if artifact.endswith((".png", ".pdf")) else artifact


def _best(run: Run) -> tuple[float | None, str | None]:
    """The best benchmark score, else the best held-out score of the evolution; damaged artifacts have none."""
    try:
        if SCORES in run and (found := _benchmark(run.read_json(SCORES), _given(run.manifest))):
            return found
        if HISTORY in run and (found := _held_out(run.read_json(HISTORY))):
            return found
    except (ValueError, KeyError, TypeError):
        return None, None
    return None, None


def _given(manifest: Mapping[str, Any]) -> tuple[str, ...]:
    """The drifts whose normalised scores are 0 and 1 by definition."""
    by_references = (manifest["config"].get("bench") or {}).get("normalise") == "references"
    return () if by_references else ("none", "ppo")


def _benchmark(rows: list[Mapping[str, Any]], given: Collection[str]) -> tuple[float, str] | None:
    """The best mean of normalised scores over conditions, of the drifts that have one in each; or the best return."""
    by_drift: dict[str, list[Any]] = {}
    for row in rows:
        by_drift.setdefault(row["drift"], []).append(row.get("normalised"))
    means = [
        sum(values) / len(values)
        for name, values in by_drift.items()
        if all(map(is_number, values)) and name not in given
    ]
    if means:
        return max(means), "benchmark, normalised"
    returns = [row["iqm"] for row in rows if is_number(row["iqm"])]
    alone = len({row.get("condition", row["env"]) for row in rows}) == 1
    return (max(returns), "benchmark, return") if alone and returns else None


def _held_out(history: list[Mapping[str, Any]]) -> tuple[float, str] | None:
    judged = [record["held_out"] for record in history if is_number(record["held_out"])]
    several = any(len(record.get("by_env") or {}) > 1 for record in history)
    return (max(judged), f"held-out, {'normalised' if several else 'return'}") if judged else None
