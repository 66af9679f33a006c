"""Published weights as runs: which tensor goes where, and the folder that is written."""
