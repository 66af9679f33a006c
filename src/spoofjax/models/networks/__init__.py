"""The flax modules behind the configurations of spoofjax.models; importing them imports jax."""
