"""How often a process looks for garbage: what is kept here are values without circles, and very many."""

import gc

ALLOCATIONS_BETWEEN_COLLECTIONS = 50_000
"""For a process that folds: at the usual pace the search took a twelfth of its time."""


def collect_seldom(allocations: int = ALLOCATIONS_BETWEEN_COLLECTIONS) -> None:
    """Let the interpreter look for circles of garbage after so many allocations, and never among what start-up made."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(allocations)
