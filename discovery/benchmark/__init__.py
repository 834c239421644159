"""Drifts against each other on equal terms: score matrices and honest statistics."""
