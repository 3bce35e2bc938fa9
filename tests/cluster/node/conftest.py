"""A lab for the tests of this folder: these tests kill their node, so they have one of their own."""

import itertools
from pathlib import Path

import pytest

from e2e.cluster.binary import ensure_slab
from e2e.cluster.node.facts import PodFacts
from tests.cluster.node.lab import Lab, Namespace


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    lab = Lab(ensure_slab(), tmp_path_factory.mktemp("lab"))
    lab.start_plane()
    try:
        lab.start_node()
        yield lab
    finally:
        lab.stop()


@pytest.fixture(scope="session")
def names():
    return map("node-test-{}".format, itertools.count(1))


@pytest.fixture
def namespace(lab, names):
    name = next(names)
    lab.kubectl("create", "namespace", name)
    yield Namespace(lab, name)
    lab.kubectl("delete", "namespace", name, "--wait=false")


@pytest.fixture
def facts():
    pod = {
        "metadata": {"name": "p", "namespace": "n", "uid": "u"},
        "spec": {"serviceAccountName": "robot"},
    }
    return PodFacts(pod, "127.9.0.1", "sandbox", Path("/node/u"))
