"""`python -m benchmarks [NAME...]`: run all measurements, or those named."""

import sys
from importlib import import_module

NAMES = (
    "start_up",
    "update_cost",
    "throughput",
    "sweep_throughput",
    "frameworks",
    "returns",
    "population",
    "device_speed",
    "verify_batch",
    "provers",
    "regression",
)


def main() -> None:
    """Run the measurements."""
    for name in sys.argv[1:] or NAMES:
        if name not in NAMES:
            raise SystemExit(f"unknown benchmark {name!r} (allowed: {', '.join(NAMES)})")
        import_module(f"benchmarks.{name}").main()


main()
