"""What a burst of entries is, for all that can wait until it is over."""

BURST_PER_SECOND = 1_000
"""While so many entries a second come in, what can wait leaves the processors to them."""
