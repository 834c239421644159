"""What is kept between runs: JSON records in the user's cache folder. A cache that cannot be used is no cache."""

import gzip
import json
import os
import tempfile
from pathlib import Path
from typing import Any

from discovery.cache import cache_folder


def read_record(name: str) -> Any:
    """The JSON value kept under a name, or None."""
    try:
        with gzip.open(cache_folder() / f"{name}.json.gz", "rb") as file:
            return json.loads(file.read())
    except (OSError, ValueError, EOFError, RuntimeError, RecursionError):
        return None


def write_record(name: str, value: Any) -> None:
    """Keep a JSON value under a name; readers see the old one or the new one, whole."""
    temporary = None
    try:
        folder = cache_folder()
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, suffix=".tmp", delete=False) as file:
            temporary = file.name
            file.write(gzip.compress(json.dumps(value, separators=(",", ":")).encode(), 1))
        os.replace(temporary, folder / f"{name}.json.gz")
    except (OSError, RuntimeError):
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)
