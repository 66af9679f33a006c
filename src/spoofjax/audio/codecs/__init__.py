"""Codecs of telephony and of files: round trips in memory that keep length and alignment."""
