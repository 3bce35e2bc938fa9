"""One address for each pod."""

import ipaddress
import itertools


class AddressPool:
    """Hands out the addresses of a range in turn, so that a released one is not used again at once."""

    def __init__(self, cidr: str) -> None:
        hosts = [str(host) for host in ipaddress.ip_network(cidr).hosts()]
        self._size = len(hosts)
        self._turn = itertools.cycle(hosts)
        self._used: set[str] = set()

    def take(self, had: str | None = None) -> str:
        """Return the address the pod already has, else a free one; the API server refuses a second one for a pod."""
        address = had or next((host for host in itertools.islice(self._turn, self._size) if host not in self._used), "")
        if not address:
            raise RuntimeError(f"all {self._size} pod addresses are in use; give the node a larger --cidr")
        self._used.add(address)
        return address

    def release(self, address: str) -> None:
        """Give an address back."""
        self._used.discard(address)
