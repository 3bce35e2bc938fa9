"""The fleet on the real API server, with a service in its pods that keeps the contract."""

import pytest

from rollout_contract.flagset import parse, revision_of
from rollout_contract.names import RESTARTED_ANNOTATION, TOUCHED_ANNOTATION
from rollout_operator.adapters.flags import ConfigMapFlags
from rollout_operator.adapters.fleet import DeploymentFleet
from rollout_operator.adapters.health import HealthClient
from rollout_operator.model.decision import Restart, RestoreImage
from tests.cluster.polling import eventually

pytestmark = pytest.mark.cluster

DOCUMENT = "feature_flags: {traffic_percentage: 20, cache_enabled: true}\n"


@pytest.fixture
async def fleet(api):
    health = HealthClient()
    yield DeploymentFleet(api, health)
    await health.close()


async def test_a_missing_deployment_is_a_problem_with_its_cure(fleet, namespace, target):
    seen = await fleet.observe(namespace, target, ask_pods=True)
    assert not seen.exists
    assert "detector does not exist; create it" in seen.problem


async def test_the_pods_of_a_healthy_deployment_confirm_the_document_in_force(fleet, api, namespace, target, detector):  # noqa: ARG001 - the pods
    flags = ConfigMapFlags(api)
    await flags.write(namespace, target, DOCUMENT)
    unasked = await fleet.observe(namespace, target, ask_pods=False)
    assert {pod.revision for pod in unasked.pods} == {None}
    for pod in unasked.pods:
        await fleet.touch(namespace, pod.name, "now")

    async def converged():
        seen = await fleet.observe(namespace, target, ask_pods=True)
        return seen if seen.converged_on(revision_of(parse(DOCUMENT))) == 2 else None

    seen = await eventually(converged, 20)
    assert (seen.exists, seen.problem, seen.desired, seen.ready) == (True, "", 2, 2)
    assert (seen.available, seen.settled, seen.image) == (True, True, "intelligence-detector:v1")
    assert (seen.previous_image, seen.restarted_at, seen.image_restored_at) == ("", "", "")


async def test_a_touched_pod_carries_the_text_and_a_gone_one_is_no_fault(fleet, namespace, target, detector):
    seen = await fleet.observe(namespace, target, ask_pods=False)
    await fleet.touch(namespace, seen.pods[0].name, "abc.2")
    await fleet.touch(namespace, "gone", "abc.2")
    path = TOUCHED_ANNOTATION.replace(".", r"\.")
    shown = await detector("get", "pod", seen.pods[0].name, "-o", f"jsonpath={{.metadata.annotations.{path}}}")
    assert shown == "abc.2"


async def test_a_restart_happens_once_for_one_moment(fleet, namespace, target, detector):
    for _ in range(3):
        await fleet.act(namespace, target, Restart("2026-01-05T09:00:00.000Z"))
    await detector("rollout", "status", "deployment/detector", "--timeout=60s")
    seen = await fleet.observe(namespace, target, ask_pods=False)
    assert seen.restarted_at == "2026-01-05T09:00:00.000Z"
    sets = await detector("get", "rs", "-o", "name")
    assert len(sets.split()) == 2
    path = RESTARTED_ANNOTATION.replace(".", r"\.")
    assert await detector("get", "deploy", "detector", "-o", f"jsonpath={{.metadata.annotations.{path}}}") == ""


async def test_an_image_is_restored_with_its_moment(fleet, namespace, target, detector):
    await detector("set", "image", "deployment/detector", "detector=intelligence-detector:v2")
    await detector("rollout", "status", "deployment/detector", "--timeout=60s")
    seen = await fleet.observe(namespace, target, ask_pods=False)
    assert (seen.image, seen.previous_image) == ("intelligence-detector:v2", "intelligence-detector:v1")
    for _ in range(2):
        await fleet.act(namespace, target, RestoreImage(seen.previous_image, "2026-01-05T09:00:00.000Z"))
    await detector("rollout", "status", "deployment/detector", "--timeout=60s")
    seen = await fleet.observe(namespace, target, ask_pods=False)
    assert (seen.image, seen.image_restored_at) == ("intelligence-detector:v1", "2026-01-05T09:00:00.000Z")


async def test_acting_on_a_deployment_that_has_gone_does_nothing(fleet, namespace, target):
    await fleet.act(namespace, target, Restart("2026-01-05T09:00:00.000Z"))
    await fleet.act(namespace, target, RestoreImage("detector:v1", "2026-01-05T09:00:00.000Z"))
