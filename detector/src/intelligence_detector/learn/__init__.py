"""Learning from examples: reading them, training, cross-fitting, evaluating."""
