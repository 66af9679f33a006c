"""Explanations of a score: which times and frequencies of an utterance it follows from."""
