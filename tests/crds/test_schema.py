"""The CRD, read as a document: what reviewers of an API look at first."""

import json
import re

import pytest
import yaml

from rollout_contract import names
from rollout_operator.model.base import Value
from rollout_operator.model.spec import Action, Spec
from rollout_operator.model.status import Cured, Reason, State, Status, VerdictKind
from tests.support.schema import CRD, schema

DOCUMENT = yaml.safe_load(CRD.read_text())
VERSION = DOCUMENT["spec"]["versions"][0]


def nodes(node, path=""):
    """Every property of the schema with its path."""
    for name, child in node.get("properties", {}).items():
        yield f"{path}.{name}", child
        yield from nodes(child, f"{path}.{name}")
    for key in ("items", "additionalProperties"):
        if isinstance(node.get(key), dict):
            yield from nodes(node[key], f"{path}[]")


PROPERTIES = dict(nodes(schema()))


def test_the_names_are_those_of_the_contract():
    spec = DOCUMENT["spec"]
    assert (spec["group"], VERSION["name"]) == (names.GROUP, names.VERSION)
    assert (spec["names"]["kind"], spec["names"]["plural"]) == (names.KIND, names.PLURAL)


def test_it_is_small_enough_for_plain_kubectl_apply():
    assert CRD.stat().st_size < 100_000
    assert len(json.dumps(DOCUMENT)) < 100_000


@pytest.mark.parametrize("path", [path for path in PROPERTIES if not path.startswith(".metadata")])
def test_every_field_is_described(path):
    assert len(PROPERTIES[path].get("description", "")) > 10


@pytest.mark.parametrize("path", [path for path, node in PROPERTIES.items() if node.get("type") == "string"])
def test_every_string_is_bounded(path):
    node = PROPERTIES[path]
    free = {".apiVersion", ".kind"}
    assert path in free or "maxLength" in node or "enum" in node or node.get("format") == "date-time"


@pytest.mark.parametrize("path", [path for path, node in PROPERTIES.items() if node.get("type") == "array"])
def test_every_list_is_bounded_and_typed(path):
    assert "maxItems" in PROPERTIES[path]
    assert "x-kubernetes-list-type" in PROPERTIES[path] or path.startswith(".spec.ladders")


def test_no_number_is_a_float():
    assert [path for path, node in PROPERTIES.items() if node.get("type") == "number"] == []


def model_paths(model: type[Value], path: str):
    """Every field the operator's values hold, as YAML paths."""
    for field in model.model_fields.values():
        where = f"{path}.{field.alias}"
        yield where
        for inner in re.findall(r"rollout_operator\.model\.\w+\.(\w+)", str(field.annotation)):
            kind = next((sub for sub in subclasses(Value) if sub.__name__ == inner), None)
            if kind:
                many = "[]" if "tuple" in str(field.annotation) or "dict" in str(field.annotation) else ""
                yield from model_paths(kind, where + many)


def subclasses(kind):
    for child in kind.__subclasses__():
        yield child
        yield from subclasses(child)


@pytest.mark.parametrize(("model", "root"), [(Spec, ".spec"), (Status, ".status")])
def test_the_schema_and_the_operators_values_hold_the_same_fields(model, root):
    ours = {path for path in model_paths(model, root) if not path.startswith(".spec.ladders")}
    theirs = {path for path in PROPERTIES if path.startswith(f"{root}.") and not path.startswith(".spec.ladders")}
    assert ours == theirs


@pytest.mark.parametrize(
    ("path", "values"),
    [
        (".status.phase", State),
        (".status.gates[].verdict", VerdictKind),
        (".status.rollback.action", Action),
        (".status.rollback.cured", Cured),
        (".status.rollback.before", State),
        (".status.history[].reason", Reason),
        (".spec.ladders[][].do", Action),
    ],
)
def test_the_schema_allows_what_the_operator_knows_and_nothing_else(path, values):
    assert set(PROPERTIES[path]["enum"]) == set(values)


def test_columns_point_at_fields_that_exist():
    for column in VERSION["additionalPrinterColumns"]:
        path = column["jsonPath"]
        assert path.startswith((".metadata.", ".status.conditions[")) or path in PROPERTIES
