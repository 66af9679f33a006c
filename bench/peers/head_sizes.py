"""The sizes of the inputs on which bench/peers/heads_torch.py computes."""

LAYERS, BATCH, FRAMES, WIDTH = 3, 4, 10, 24
