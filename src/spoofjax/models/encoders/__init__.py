"""Self-supervised encoders. Importing this does not import jax."""
