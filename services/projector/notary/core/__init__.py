"""The pure notary: hashing, tree, notes, proofs."""
