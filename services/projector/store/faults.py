"""What can go wrong with a projection database, as classes."""


class ProjectionFault(Exception):
    """A projection cannot do what was asked; the message says which one and why."""


class ProjectionUnavailable(ProjectionFault):
    """The database cannot be reached, read or written now; nothing of the transaction was kept."""


class ProjectionMissing(ProjectionFault):
    """There is no projection of that version, or none is live yet."""


class FeedDiffers(ProjectionFault):
    """The feed of a new projection does not begin with what was already published from the live one."""
