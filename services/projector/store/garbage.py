"""How often a process that folds looks for garbage: what it keeps are values without circles, and very many."""

import gc

_ALLOCATIONS_BETWEEN_COLLECTIONS = 50_000


def collect_seldom() -> None:
    """Let the interpreter look for circles of garbage seldom, and never among what start-up made.

    At the usual pace that took a twelfth of the time of folding.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_ALLOCATIONS_BETWEEN_COLLECTIONS)
