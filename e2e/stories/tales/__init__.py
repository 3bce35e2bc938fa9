"""The stories by name, in the order in which `all` tells them."""

from typing import Final

from e2e.stories.tales.drift import DRIFT
from e2e.stories.tales.outages import BLIND, RESTART
from e2e.stories.tales.rollbacks import ACCURACY, ERRORS, UNHEALTHY
from e2e.stories.tales.success import SUCCESS
from e2e.stories.tales.tale import Tale

TALES: Final[dict[str, Tale]] = {
    tale.name: tale for tale in (SUCCESS, ERRORS, ACCURACY, BLIND, RESTART, DRIFT, UNHEALTHY)
}
