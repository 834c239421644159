"""Other engines of regression behind one protocol; their proposals are settled: shortened, made valid, proved."""
