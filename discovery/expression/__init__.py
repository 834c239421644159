"""The language of formulas f(r, A): one expression object, one canonical text, one hash."""
