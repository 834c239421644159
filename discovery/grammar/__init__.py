"""Typed expression grammars: what a search may propose, with a proof that every formula keeps its type."""
