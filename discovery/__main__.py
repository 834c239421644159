"""`python -m discovery ...` is `drift ...`."""

from discovery.cli import main

raise SystemExit(main())
