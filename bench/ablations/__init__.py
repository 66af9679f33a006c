"""What each part of a recipe brings: a training for each row and seed, and a table of EERs."""
