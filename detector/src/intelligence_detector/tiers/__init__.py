"""The treatment's three tiers, from the cheapest to the most thorough."""
