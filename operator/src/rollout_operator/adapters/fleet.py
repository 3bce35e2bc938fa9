"""The target Deployment and its pods."""

import asyncio
import contextlib
import logging

from rollout_contract import names
from rollout_operator.adapters.cluster import (
    DEPLOYMENTS,
    PODS,
    REPLICA_SETS,
    STRATEGIC,
    Body,
    Cluster,
    NotThere,
    Place,
)
from rollout_operator.adapters.health import Health, HealthClient
from rollout_operator.adapters.workload import Family, container_of, fault_of, is_ready, port_of, selector_of
from rollout_operator.model.decision import Effect, RestoreImage
from rollout_operator.model.seen import FleetSeen, PodSeen
from rollout_operator.model.spec import Target

log = logging.getLogger(__name__)


class DeploymentFleet:
    """Fleet on a Deployment."""

    def __init__(self, cluster: Cluster, health: HealthClient) -> None:
        self._cluster = cluster
        self._health = health

    async def observe(self, namespace: str, target: Target, *, ask_pods: bool) -> FleetSeen:
        """Deployment, pods and, with `ask_pods`, the revision each pod reports. Raises ApiBusy."""
        try:
            family = await self._family(namespace, target)
        except NotThere:
            where = f"Deployment {namespace}/{target.deployment.name}"
            return FleetSeen(problem=f"{where} does not exist; create it, or correct spec.target.deployment.name")
        answers = await self._ask(family, target) if ask_pods else [Health() for _ in family.pods]
        return _seen(family, target, answers)

    async def touch(self, namespace: str, pod: str, text: str) -> None:
        """Annotate the pod so that the kubelet refreshes its volumes at once; a gone pod is fine. Raises ApiBusy."""
        with contextlib.suppress(NotThere):
            annotations = {names.TOUCHED_ANNOTATION: text}
            await self._cluster.patch(Place(PODS, namespace, pod), {"metadata": {"annotations": annotations}})

    async def act(self, namespace: str, target: Target, effect: Effect) -> None:
        """Restart the pods or restore the image; doing it twice with the same `at` does it once. Raises ApiBusy."""
        place = Place(DEPLOYMENTS, namespace, target.deployment.name)
        try:
            patch = (
                await self._restore(place, target, effect) if isinstance(effect, RestoreImage) else _restart(effect.at)
            )
            await self._cluster.patch(place, patch, STRATEGIC)
        except NotThere:  # nothing to act on; the next observation says so
            log.warning("the Deployment is gone", extra={"namespace": namespace, "deployment": place.name})

    async def _family(self, namespace: str, target: Target) -> Family:
        deployment = await self._cluster.get(Place(DEPLOYMENTS, namespace, target.deployment.name))
        selector = selector_of(deployment)
        sets, pods = await asyncio.gather(
            self._cluster.list(Place(REPLICA_SETS, namespace), selector),
            self._cluster.list(Place(PODS, namespace), selector),
        )
        return Family.of(deployment, sets["items"], pods["items"])

    async def _ask(self, family: Family, target: Target) -> list[Health]:
        container = container_of(family.deployment, target)
        port = port_of(container, target) if container else None
        if port is None:
            return [Health(problem="its health port is not known") for _ in family.pods]
        return await self._health.ask_all(_url(pod, port, target.health.path) for pod in family.pods)

    async def _restore(self, place: Place, target: Target, effect: RestoreImage) -> Body:
        container = target.deployment.container
        if container is None:
            deployment = await self._cluster.get(place)
            container = deployment["spec"]["template"]["spec"]["containers"][0]["name"]
        return {
            "metadata": {"annotations": {names.IMAGE_RESTORED_ANNOTATION: effect.at}},
            "spec": {"template": {"spec": {"containers": [{"name": container, "image": effect.image}]}}},
        }


def _restart(at: str) -> Body:
    annotations = {names.RESTARTED_ANNOTATION: at, names.KUBECTL_RESTARTED_ANNOTATION: at}
    return {"spec": {"template": {"metadata": {"annotations": annotations}}}}


def _url(pod: Body, port: int, path: str) -> str:
    address = (pod.get("status") or {}).get("podIP") or ""
    host = f"[{address}]" if ":" in address else address
    return f"http://{host}:{port}{path}" if address else ""


def _seen(family: Family, target: Target, answers: list[Health]) -> FleetSeen:
    deployment = family.deployment
    template = deployment["spec"]["template"]
    container = container_of(deployment, target)
    pods = tuple(
        PodSeen(pod["metadata"]["name"], is_ready(pod), answer.revision, answer.problem)
        for pod, answer in zip(family.pods, answers, strict=True)
    )
    return FleetSeen(
        exists=True,
        problem=fault_of(deployment, target),
        desired=deployment["spec"].get("replicas", 1),
        ready=sum(pod.ready for pod in pods),
        available=family.available,
        settled=family.settled,
        pods=pods,
        image=container["image"] if container else "",
        previous_image=family.previous_image(target),
        restarted_at=_annotation(template.get("metadata") or {}, names.RESTARTED_ANNOTATION),
        image_restored_at=_annotation(deployment["metadata"], names.IMAGE_RESTORED_ANNOTATION),
    )


def _annotation(metadata: Body, name: str) -> str:
    return str((metadata.get("annotations") or {}).get(name, ""))
