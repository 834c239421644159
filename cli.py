"""The command line from a checkout: `python cli.py ...` is `drift ...`."""

from discovery.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
