"""Compile quickly rather than well: these tests compile many training loops and run each for a moment."""

import os

os.environ["XLA_FLAGS"] = os.environ.get("XLA_FLAGS", "") + " --xla_backend_optimization_level=0"
