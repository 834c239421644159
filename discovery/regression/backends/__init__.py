"""Other engines of symbolic regression behind one protocol; what they propose is settled: snapped, made valid, proved."""
