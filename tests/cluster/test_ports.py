import random
import socket

import pytest

from e2e.cluster.ports import LOOPBACK, PORTS, PodNetwork, free_port


def test_a_port_in_use_is_not_chosen():
    first = free_port(random.Random(1))  # noqa: S311 - the same choices twice, on purpose
    with socket.socket() as listener:
        listener.bind((LOOPBACK, first))
        listener.listen()
        assert free_port(random.Random(1)) != first  # noqa: S311 - as above
    assert first in PORTS


def test_a_chosen_port_is_not_chosen_again_before_anybody_listens():
    first, second = (free_port(random.Random(2)) for _ in range(2))  # noqa: S311 - as above
    assert first != second


def test_two_clusters_never_share_a_pod_network():
    first, second = (PodNetwork(random.Random(1)) for _ in range(2))  # noqa: S311 - the same choices twice, on purpose
    assert first.cidr != second.cidr
    first.close()
    again = PodNetwork(random.Random(1))  # noqa: S311 - as above
    assert again.cidr == first.cidr
    again.close()
    second.close()


@pytest.mark.parametrize("seed", range(5))
def test_pod_networks_are_loopback_and_not_where_servers_listen(seed):
    network = PodNetwork(random.Random(seed))  # noqa: S311 - no secret
    network.close()
    assert network.cidr.startswith("127.")
    assert not network.cidr.startswith("127.0.")
