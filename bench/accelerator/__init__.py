"""What a GPU or TPU does with this engine: correctness, steps, features, memory, roofline."""
