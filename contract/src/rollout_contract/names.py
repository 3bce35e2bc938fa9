"""Kubernetes and HTTP names that both programs use."""

from typing import Final

GROUP: Final = "rollouts.intelligence.dev"
VERSION: Final = "v1alpha1"
KIND: Final = "IntelligenceRollout"
PLURAL: Final = "intelligencerollouts"
API_VERSION: Final = f"{GROUP}/{VERSION}"

FIELD_MANAGER: Final = "intelligence-rollout"
"""The one server-side-apply field manager of the operator."""

FLAGS_KEY: Final = "config.yaml"
"""Default ConfigMap key of the flag document."""

TOUCHED_ANNOTATION: Final = f"{GROUP}/flags-revision"
"""Written on a pod so that the kubelet refreshes its ConfigMap volumes at once."""

ALERT_ANNOTATION_PREFIX: Final = f"alert.{GROUP}/"
"""One annotation per alert fingerprint on the rollout: a durable request left by the webhook."""

RESTARTED_ANNOTATION: Final = f"{GROUP}/restarted-at"
"""On the pod template: the moment of the last restart the operator asked for."""

KUBECTL_RESTARTED_ANNOTATION: Final = "kubectl.kubernetes.io/restartedAt"
"""What `kubectl rollout restart` writes; the operator writes the same, so that tools recognise its restarts."""

IMAGE_RESTORED_ANNOTATION: Final = f"{GROUP}/image-restored-at"
"""On the Deployment: the moment the operator last set an earlier image back."""

MANAGED_BY_LABEL: Final = "app.kubernetes.io/managed-by"

HEALTH_PATH: Final = "/health"
HEALTH_REVISION_FIELD: Final = "revision"
"""Field of the health JSON that holds the revision of the flag document in force."""

METRICS_PATH: Final = "/metrics"
