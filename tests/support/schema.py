"""Structural-schema defaulting as the API server does it, so that tests start from the CRD's own defaults."""

import copy
import functools
from pathlib import Path
from typing import Any

import yaml

CRD = Path(__file__).parents[2] / "crds" / "intelligencerollouts.yaml"


@functools.cache
def schema() -> dict[str, Any]:
    """The OpenAPI schema of the one version."""
    return yaml.safe_load(CRD.read_text())["spec"]["versions"][0]["schema"]["openAPIV3Schema"]


def defaulted(value: Any, node: dict[str, Any]) -> Any:
    """The value with the schema's defaults filled in."""
    if isinstance(value, dict):
        filled = dict(value)
        for name, child in node.get("properties", {}).items():
            if name not in filled and "default" in child:
                filled[name] = copy.deepcopy(child["default"])
            if name in filled:
                filled[name] = defaulted(filled[name], child)
        extra = node.get("additionalProperties")
        if isinstance(extra, dict):
            filled |= {k: defaulted(v, extra) for k, v in filled.items() if k not in node.get("properties", {})}
        return filled
    if isinstance(value, list):
        return [defaulted(item, node.get("items", {})) for item in value]
    return value


def spec_body(**spec: Any) -> dict[str, Any]:
    """A spec as the API server stores it: the given fields over the minimal manifest, then the defaults."""
    target = {"deployment": {"name": "detector"}, "flags": {"configMap": "detector-flags"}}
    return defaulted({"target": target} | spec, schema()["properties"]["spec"])
