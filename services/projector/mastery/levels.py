"""From a value to a level (mastery.md section 9)."""

from fractions import Fraction

from projector.mastery.policy import Policy


def place_of(policy: Policy, value: Fraction | None) -> int:
    """Return the place of the highest level whose ``min`` the quantised value reaches, -1 for none."""
    if value is None:
        return -1
    for place in range(len(policy.scale) - 1, -1, -1):
        if policy.scale[place].minimum <= value:
            return place
    return -1
