"""Presets: one TOML file for each named experiment."""
