"""The command line from a checkout: `python cli.py ...` is `drift ...`."""

from discovery.cli import entry

if __name__ == "__main__":
    entry()
