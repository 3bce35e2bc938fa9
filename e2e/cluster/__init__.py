"""The embedded cluster: a real control plane, a node whose pods are local processes, and real monitoring."""
