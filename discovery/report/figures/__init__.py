"""The figures of a run: one family a file, pure functions from plain arrays and records to a matplotlib Figure."""
