"""Stories that a user of the operator lives through, told against a kubeconfig and manifests."""
