"""Corpora of vectors that an encoder has computed: one array for each utterance."""
