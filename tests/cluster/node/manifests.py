"""Objects for tests of the node."""

from typing import Any

PROBE = {"httpGet": {"path": "/health", "port": "http"}}


def flags(traffic: int) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "flags"},
        "data": {"config.yaml": f"traffic: {traffic}\n"},
    }


def service(replicas: int = 1, image: str = "lab/service:v1", **container: Any) -> dict[str, Any]:
    """Return a Deployment of the test service, with `container` over its container's fields."""
    spec = {
        "name": "service",
        "image": image,
        "env": [
            {"name": "HOST", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
            {"name": "CONFIG", "value": "/etc/service/config.yaml"},
        ],
        "ports": [{"name": "http", "containerPort": 8080}],
        "readinessProbe": {**PROBE, "periodSeconds": 1},
        "lifecycle": {"preStop": {"sleep": {"seconds": 1}}},
        "volumeMounts": [{"name": "flags", "mountPath": "/etc/service"}],
        **container,
    }
    pod = {
        "terminationGracePeriodSeconds": 5,
        "containers": [spec],
        "volumes": [{"name": "flags", "configMap": {"name": "flags"}}],
    }
    labels = {"app": "service"}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "service"},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "strategy": {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
            "template": {"metadata": {"labels": labels}, "spec": pod},
        },
    }


def job(command: list[str], **pod: Any) -> dict[str, Any]:
    """Return a Job that runs one command, with `pod` over its pod's fields."""
    spec = {
        "restartPolicy": "Never",
        "containers": [{"name": "job", "image": "lab/tools:v1", "command": command}],
        **pod,
    }
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "job"},
        "spec": {"backoffLimit": 0, "template": {"spec": spec}},
    }
