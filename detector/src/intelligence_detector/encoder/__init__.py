"""The optional sentence encoder: a BERT-type network on numpy, and the static table distilled from it."""
