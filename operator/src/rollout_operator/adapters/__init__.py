"""Everything that talks to the outside: one adapter per port."""
