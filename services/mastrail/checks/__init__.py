"""Whether a whole store holds what it promises: the log, its index, the tree over it, and what was computed from it."""
