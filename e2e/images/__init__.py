"""Container images: built with the tool a machine has, and tried without one."""
