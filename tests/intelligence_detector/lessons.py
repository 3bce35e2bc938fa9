"""A small label set of another trade, as a user would bring it."""

import json
from itertools import product
from pathlib import Path

PARTS = {
    "order_pizza": (("i want", "bring me", "order", "get us"), ("a pizza", "two margheritas", "a large calzone")),
    "book_table": (
        ("book", "reserve", "i need", "save"),
        ("a table for two", "a table at eight", "seats by the window"),
    ),
    "ask_bill": (("can we have", "bring", "show me", "where is"), ("the bill", "the check", "our invoice")),
    "complain": (("i am unhappy with", "this is bad:", "sorry but", "terrible:"), ("the cold soup", "the slow waiter")),
    "praise": (
        ("we loved", "wonderful", "thank the chef for", "best ever:"),
        ("the dessert", "that fish", "our evening"),
    ),
}
OUTSIDE = (
    "how tall is the moon",
    "my bicycle has a flat tyre",
    "translate this poem",
    "who won the match",
    "buy stocks",
)
ROWS = [
    {"text": f"{left} {right}", "label": label}
    for label, (lefts, rights) in PARTS.items()
    for left, right in product(lefts, rights)
]


def write(path: Path, rows: list[dict]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return path
