"""Searching the settings of an experiment: many trials, each of which is an ordinary run."""
