"""A Kubernetes node whose pods are local processes, each with a loopback address of its own."""
