"""What a person sees: terminal tables, figures and the report of a run."""
