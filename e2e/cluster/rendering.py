"""The configuration files of Prometheus and Alertmanager, and the rights of Prometheus in the cluster."""

from pathlib import Path
from typing import Any

import yaml

PROMETHEUS_USER = "prometheus"
JOB = "pods"
_META = "__meta_kubernetes_pod_"
_ANNOTATION = f"{_META}annotation_prometheus_io_"


def prometheus_config(kubeconfig: Path, alertmanager: str) -> str:
    """Scrape every pod that asks for it by the usual annotations, once a second."""
    discovery = {"role": "pod", "kubeconfig_file": str(kubeconfig)}
    return _yaml(
        {
            "global": {"scrape_interval": "1s", "scrape_timeout": "900ms", "evaluation_interval": "1s"},
            "rule_files": ["rules/*.yml"],
            "alerting": {"alertmanagers": [{"static_configs": [{"targets": [alertmanager]}]}]},
            "scrape_configs": [
                {"job_name": JOB, "kubernetes_sd_configs": [discovery], "relabel_configs": _relabelling()}
            ],
        }
    )


def _relabelling() -> list[dict[str, Any]]:
    address = {
        "source_labels": [f"{_META}ip", f"{_ANNOTATION}port"],
        "separator": ":",
        "regex": "(.+:[0-9]+)",  # without the annotation the port that the container declares stays
        "target_label": "__address__",
    }
    return [
        {"source_labels": [f"{_ANNOTATION}scrape"], "regex": "true", "action": "keep"},
        {"source_labels": [f"{_META}phase"], "regex": "Succeeded|Failed", "action": "drop"},
        {"source_labels": [f"{_ANNOTATION}path"], "regex": "(.+)", "target_label": "__metrics_path__"},
        address,
        {"source_labels": ["__meta_kubernetes_namespace"], "target_label": "namespace"},
        {"source_labels": [f"{_META}name"], "target_label": "pod"},
        {"source_labels": [f"{_META}label_app_kubernetes_io_name"], "regex": "(.+)", "target_label": "app"},
        {"source_labels": [f"{_META}label_app"], "regex": "(.+)", "target_label": "app"},
        {  # a Deployment's ReplicaSets are named after it
            "source_labels": [f"{_META}controller_kind", f"{_META}controller_name"],
            "regex": "ReplicaSet;(.+)-[a-z0-9]+",
            "target_label": "deployment",
        },
    ]


def prometheus_rights() -> str:
    """Let Prometheus see pods, and nothing else."""
    name = {"name": PROMETHEUS_USER}
    group = "rbac.authorization.k8s.io"
    role = {
        "apiVersion": f"{group}/v1",
        "kind": "ClusterRole",
        "metadata": name,
        "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list", "watch"]}],
    }
    binding = {
        "apiVersion": f"{group}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": name,
        "roleRef": {"apiGroup": group, "kind": "ClusterRole", **name},
        "subjects": [{"apiGroup": group, "kind": "User", **name}],
    }
    return yaml.safe_dump_all([role, binding], sort_keys=False)


def alertmanager_config(webhook: str | None, token_file: Path) -> str:
    """Send every alert at once to the webhook, or nowhere while there is none."""
    receiver: dict[str, Any] = {"name": "webhook"}
    if webhook:
        authorization = {"type": "Bearer", "credentials_file": str(token_file)}
        receiver["webhook_configs"] = [
            {"url": webhook, "send_resolved": True, "http_config": {"authorization": authorization}}
        ]
    route = {
        "receiver": "webhook",
        "group_by": ["alertname", "namespace"],
        "group_wait": "0s",
        "group_interval": "1s",
        "repeat_interval": "1h",
    }
    return _yaml({"route": route, "receivers": [receiver]})


def _yaml(content: dict[str, Any]) -> str:
    return yaml.safe_dump(content, sort_keys=False)
