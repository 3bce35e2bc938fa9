"""The operator: steps an IntelligenceRollout through its phases on evidence, and back when the evidence turns bad."""
