"""What Deployments, ReplicaSets and pods say, read from their JSON; no I/O."""

from dataclasses import dataclass
from typing import Any, Final

from rollout_operator.adapters.cluster import Body
from rollout_operator.model.spec import Target

REVISION: Final = "deployment.kubernetes.io/revision"
FINISHED: Final = frozenset({"Succeeded", "Failed"})


def selector_of(deployment: Body) -> str:
    """The Deployment's selector as a query."""
    selector = deployment["spec"]["selector"]
    equal = [f"{key}={value}" for key, value in sorted((selector.get("matchLabels") or {}).items())]
    return ",".join(equal + [_expression(each) for each in selector.get("matchExpressions") or []])


def _expression(expression: Body) -> str:
    key, operator = expression["key"], expression["operator"]
    if operator == "Exists":
        return str(key)
    if operator == "DoesNotExist":
        return f"!{key}"
    return f"{key} {operator.lower()} ({','.join(expression['values'])})"


def container_of(deployment: Body, target: Target) -> Body | None:
    """The driven container: the named one, else the first; None when there is none of that name."""
    containers = deployment["spec"]["template"]["spec"]["containers"]
    wanted = target.deployment.container or containers[0]["name"]
    return next((each for each in containers if each["name"] == wanted), None)


def port_of(container: Body, target: Target) -> int | None:
    """The health port's number; None when the container has no port of that name."""
    wanted = target.health.port
    if isinstance(wanted, int) or wanted.isdigit():
        return int(wanted)
    ports = container.get("ports") or []
    return next((int(each["containerPort"]) for each in ports if each.get("name") == wanted), None)


def fault_of(deployment: Body, target: Target) -> str:
    """Why the Deployment cannot be driven, with the cure; empty when it can."""
    container = container_of(deployment, target)
    if container is None:
        where = f"Deployment {target.deployment.name}"
        return f"{where} has no container {target.deployment.container}; correct spec.target.deployment.container"
    if port_of(container, target) is None:
        where = f"container {container['name']}"
        return f"{where} has no port named {target.health.port}; name it, or correct spec.target.health.port"
    return _mount_fault(deployment, container, target)


def _mount_fault(deployment: Body, container: Body, target: Target) -> str:
    volumes = deployment["spec"]["template"]["spec"].get("volumes") or []
    holding = {volume["name"] for volume in volumes if target.flags.config_map in _maps_of(volume)}
    mounts = [mount for mount in container.get("volumeMounts") or [] if mount["name"] in holding]
    where = f"container {container['name']}"
    if not mounts:
        return f"{where} mounts no volume of ConfigMap {target.flags.config_map}; mount it as a directory"
    if all(mount.get("subPath") or mount.get("subPathExpr") for mount in mounts):
        return (
            f"{where} mounts ConfigMap {target.flags.config_map} by subPath and would never see a change; "
            "mount it as a directory"
        )
    return ""


def _maps_of(volume: Body) -> set[str]:
    sources = [volume, *((volume.get("projected") or {}).get("sources") or [])]
    return {source["configMap"]["name"] for source in sources if source.get("configMap")}


@dataclass(frozen=True, slots=True)
class Family:
    """A Deployment with the ReplicaSets and pods that are its own."""

    deployment: Body
    replica_sets: tuple[Body, ...]
    pods: tuple[Body, ...]

    @classmethod
    def of(cls, deployment: Body, replica_sets: list[Body], pods: list[Body]) -> "Family":
        """Keep what the Deployment owns; pods that end, or have ended, run nothing."""
        own = tuple(each for each in replica_sets if _owner(each) == deployment["metadata"]["uid"])
        uids = {each["metadata"]["uid"] for each in own}
        running = [pod for pod in pods if _owner(pod) in uids and not _ended(pod)]
        return cls(deployment, own, tuple(sorted(running, key=lambda pod: str(pod["metadata"]["name"]))))

    @property
    def settled(self) -> bool:
        """The controller has seen the newest template and no pod of an older one is left."""
        observed = (self.deployment.get("status") or {}).get("observedGeneration", 0)
        if observed < self.deployment["metadata"]["generation"]:
            return False
        current = {each["metadata"]["uid"] for each in self.replica_sets if _revision(each) == self._revision}
        return bool(current) and all(_owner(pod) in current for pod in self.pods)

    @property
    def available(self) -> bool:
        """The Deployment's own verdict, and never without a ready pod."""
        conditions = (self.deployment.get("status") or {}).get("conditions") or []
        said = any(each["type"] == "Available" and each["status"] == "True" for each in conditions)
        return said and any(is_ready(pod) for pod in self.pods)

    def previous_image(self, target: Target) -> str:
        """Image of the newest earlier ReplicaSet that ran another one; empty when there is none."""
        now = _image(self.deployment, target)
        older = [each for each in self.replica_sets if 0 < _revision(each) < self._revision]
        images = (_image(each, target) for each in sorted(older, key=_revision, reverse=True))
        return next((image for image in images if image and image != now), "")

    @property
    def _revision(self) -> int:
        return _revision(self.deployment)


def is_ready(pod: Body) -> bool:
    """The pod's own Ready condition."""
    conditions = (pod.get("status") or {}).get("conditions") or []
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)


def _ended(pod: Body) -> bool:
    return "deletionTimestamp" in pod["metadata"] or (pod.get("status") or {}).get("phase") in FINISHED


def _owner(body: Body) -> Any:  # noqa: ANN401 - a uid, or None
    owners = body["metadata"].get("ownerReferences") or []
    return next((owner["uid"] for owner in owners if owner.get("controller")), None)


def _revision(body: Body) -> int:
    text = (body["metadata"].get("annotations") or {}).get(REVISION, "")
    return int(text) if text.isdigit() else 0


def _image(body: Body, target: Target) -> str:
    container = container_of(body, target)
    return str(container["image"]) if container else ""
