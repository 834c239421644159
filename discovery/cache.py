"""Where things are kept that can be made again: checked grammars, compiled programs."""

import os
import platform
from pathlib import Path

_FOLDER = "DRIFT_CACHE_DIR"


def cache_folder() -> Path:
    """The folder of the environment variable DRIFT_CACHE_DIR, or the user's cache folder."""
    if chosen := os.environ.get(_FOLDER):
        return Path(chosen)
    from platformdirs import user_cache_path

    return user_cache_path("drift-discovery")


def keep_compiled_programs() -> None:
    """Let JAX keep what it compiles between runs, up to 2 GiB, unless JAX_COMPILATION_CACHE_DIR says where or that not.

    Each host has a folder of its own: a program that one processor compiled for itself may not run on another.
    """
    import jax

    if "JAX_COMPILATION_CACHE_DIR" not in os.environ:
        jax.config.update("jax_compilation_cache_dir", str(cache_folder() / "xla" / (platform.node() or "local")))
        jax.config.update("jax_compilation_cache_max_size", 2 * 2**30)
