"""One module for each sub-command: its options, and the order in which it calls the stages."""
