"""Evolve a neural drift, distil it into a formula, prove it, compile it, re-run it."""

__version__ = "0.1.0"
