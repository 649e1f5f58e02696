"""Merkle tree, checkpoints, tiles and proofs over the log."""
