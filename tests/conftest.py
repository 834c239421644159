"""Set-up for all tests: processes that the tests start share one cache of compiled programs, thrown away at the end."""

import atexit
import os
import shutil
import tempfile

_CACHE = tempfile.mkdtemp(prefix="drift-tests-")
os.environ["JAX_COMPILATION_CACHE_DIR"] = _CACHE
os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0.5"
atexit.register(shutil.rmtree, _CACHE, ignore_errors=True)
