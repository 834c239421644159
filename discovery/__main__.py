"""`python -m discovery ...` is `drift ...`."""

from discovery.cli import entry

entry()
