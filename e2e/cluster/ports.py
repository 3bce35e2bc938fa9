"""Ports and pod networks that nobody on this machine uses."""

import atexit
import random
import socket
from contextlib import ExitStack

from e2e.cluster.errors import ClusterError

LOOPBACK = "127.0.0.1"
PORTS = range(20000, 32000)
"""Below the kernel's range for outgoing connections, so that none of those takes a port between choice and use."""

TRIES = 100

_claimed_ports = ExitStack()
"""Held for the life of the process: a port may be listened on much later than it is chosen."""
atexit.register(_claimed_ports.close)


def free_port(source: random.Random | None = None) -> int:
    """Return a port on which nobody listens, and which no other cluster has chosen."""
    choose = source or random.SystemRandom()
    for _ in range(TRIES):
        port = choose.choice(PORTS)
        with socket.socket() as probe:
            try:
                probe.bind((LOOPBACK, port))
                _claimed_ports.enter_context(_claim(f"port/{port}"))
            except OSError:
                continue
            return port
    raise ClusterError(f"no free port in {PORTS} on {LOOPBACK} after {TRIES} tries: end what listens there")


class PodNetwork:
    """A /24 of loopback addresses that belongs to one cluster until it is closed or its process ends.

    It is claimed as ports are.
    """

    def __init__(self, source: random.Random | None = None) -> None:
        choose = source or random.SystemRandom()
        for _ in range(TRIES):
            self.prefix = f"127.{choose.randrange(16, 240)}.{choose.randrange(256)}"
            try:
                self._claim = _claim(self.prefix)
            except OSError:
                continue
            return
        raise ClusterError(f"no free pod network after {TRIES} tries: end other clusters")

    @property
    def cidr(self) -> str:
        """The network as the node wants it."""
        return f"{self.prefix}.0/24"

    def close(self) -> None:
        """Give the network back."""
        self._claim.close()


def _claim(name: str) -> socket.socket:
    """Claim by a socket with an abstract name; raises OSError when somebody else has.

    It is seen exactly where the addresses are, in one network namespace, by all users, and the kernel removes it
    together with the process.
    """
    claim = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        claim.bind(f"\0intelligence-rollout/{name}")
    except OSError:
        claim.close()
        raise
    return claim
