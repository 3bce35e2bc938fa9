"""What the operator and the services it drives agree on: the flag document, metric names and Kubernetes names."""
