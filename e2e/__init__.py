"""End to end: the embedded cluster, traffic and stories."""
