"""jax programs as ONNX graphs: one rule for each primitive that inference of our models uses."""
