"""Published weights by name: where their owners keep them, and where they are on this machine."""
