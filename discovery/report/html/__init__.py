"""The HTML report: one self-contained file for a run, or for several side by side."""
