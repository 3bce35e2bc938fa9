"""The environment and the command of a container."""

import os
import re
from collections.abc import Mapping

from e2e.cluster.node.api import Json
from e2e.cluster.node.facts import PodFacts
from e2e.cluster.node.images import Image
from e2e.cluster.node.kubeconfig import kubeconfig_of
from e2e.cluster.node.paths import localise, mounts_of
from e2e.cluster.node.processes import Command
from e2e.cluster.node.references import MissingReferenceError, References

VARIABLE = re.compile(r"\$\$|\$\(([A-Za-z_.-][\w.-]*)\)")


def expand(text: str, values: Mapping[str, str]) -> str:
    """Replace `$(NAME)` by its value; an unknown name stays, and `$$` is a dollar sign."""
    return VARIABLE.sub(lambda found: "$" if found[0] == "$$" else values.get(found[1], found[0]), text)


async def command_of(container: Json, image: Image, facts: PodFacts, references: References) -> Command:
    """Return what to run for a container, with its whole environment."""
    mounts = mounts_of(container, facts)
    env = await environment_of(container, image, facts, references)
    words = [*(container.get("command") or image.command), *container.get("args", [])]
    folder = localise(container.get("workingDir", ""), mounts) or image.cwd or str(facts.folder)
    return Command(tuple(expand(localise(word, mounts), env) for word in words), env, folder)


async def environment_of(container: Json, image: Image, facts: PodFacts, references: References) -> dict[str, str]:
    """Return a container's variables: the image's, then `envFrom`, then `env`, each over the ones before."""
    mounts = mounts_of(container, facts)
    env = _given(container, image, facts)
    for source in container.get("envFrom", []):
        for name, text in (await _all_keys(source, references)).items():
            env[name] = localise(text, mounts)
    for variable in container.get("env", []):
        value = await _value(variable, facts, references)
        if value is not None:
            local = localise(value, mounts)  # before the expansion: what a variable brings in is local already
            env[variable["name"]] = expand(local, env) if "value" in variable else local
    return env


def _given(container: Json, image: Image, facts: PodFacts) -> dict[str, str]:
    env = {
        "HOSTNAME": facts.name,
        "HOME": str(facts.folder),
        "PATH": os.pathsep.join(filter(None, [image.path, os.environ["PATH"]])),
        "PYTHONUNBUFFERED": "1",  # so that the log of a process that is killed is whole
    }
    if file := kubeconfig_of(container, facts):
        env["KUBECONFIG"] = str(file)
    return env | dict(image.env)


async def _all_keys(source: Json, references: References) -> dict[str, str]:
    kind = "configMapRef" if "configMapRef" in source else "secretRef"
    values = await references.content(kind, source[kind])
    return {source.get("prefix", "") + key: value.decode() for key, value in values.items()}


async def _value(variable: Json, facts: PodFacts, references: References) -> str | None:
    source = variable.get("valueFrom")
    if source is None:
        return str(variable.get("value", ""))
    if "fieldRef" in source:
        return _field(source["fieldRef"]["fieldPath"], facts)
    for kind in ("configMapKeyRef", "secretKeyRef"):
        if kind in source:
            return await references.key(kind, source[kind])
    raise MissingReferenceError(f"variable {variable['name']}: {', '.join(source)} is not supported by this node")


def _field(path: str, facts: PodFacts) -> str:
    try:
        return facts.field(path)
    except KeyError:
        raise MissingReferenceError(f"field {path} is not supported by this node") from None
