"""How fast statements come in and are folded, beside the limits of the same machine in the same run."""
