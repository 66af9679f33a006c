"""Neural codecs and vocoders, for inference, from published weights.

Importing a module of this package imports jax.
"""
