"""Packed corpora: decoded once into shards that training reads without decoding."""
