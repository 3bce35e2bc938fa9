import re

import pytest
import yaml
from jsonschema import Draft202012Validator

from e2e.stories.deploy import CRDS, MANIFESTS, documents, secret, with_environment
from rollout_contract import metrics

SAMPLES = re.compile(r"intelligence_[a-z_]+")
SUFFIX = re.compile(r"_(sum|count|bucket)$")


def closed(schema):
    """The schema as the API server applies it: a field that is not described is refused."""
    if isinstance(schema, dict):
        shut = {key: closed(value) for key, value in schema.items()}
        if "properties" in schema and "additionalProperties" not in schema:
            shut["additionalProperties"] = False
        return shut
    return [closed(item) for item in schema] if isinstance(schema, list) else schema


@pytest.fixture(scope="module")
def spec_schema():
    crd = documents(CRDS / "intelligencerollouts.yaml")[0]
    return closed(crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"])


@pytest.mark.parametrize("name", ["rollout.yaml", "minimal.yaml"])
def test_the_rollouts_fit_the_schema(name, spec_schema):
    rollout = documents(MANIFESTS / name)[0]
    errors = [error.message for error in Draft202012Validator(spec_schema).iter_errors(rollout["spec"])]
    assert errors == []


@pytest.mark.parametrize("name", ["rollout.yaml", "alert-rules.yaml"])
def test_every_metric_that_is_asked_for_is_in_the_contract(name):
    known = {value for value in vars(metrics).values() if isinstance(value, str)}
    asked = {SUFFIX.sub("", found) for found in SAMPLES.findall((MANIFESTS / name).read_text())}
    assert asked <= known


def test_the_alert_of_the_rules_is_the_one_that_the_rollout_knows():
    rules = yaml.safe_load((MANIFESTS / "alert-rules.yaml").read_text())
    rollout = documents(MANIFESTS / "rollout.yaml")[0]
    named = {rule["alert"] for group in rules["groups"] for rule in group["rules"]}
    assert {alert["match"]["alertname"] for alert in rollout["spec"]["alerts"]} == named


def test_variables_are_set_in_the_named_deployment_only():
    objects = with_environment(documents(MANIFESTS / "detector.yaml"), "detector", {"PORT": "9"})
    env = objects[-1]["spec"]["template"]["spec"]["containers"][0]["env"]
    assert [v["value"] for v in env if v["name"] == "PORT"] == ["9"]
    assert with_environment(objects, "other", {"PORT": "1"}) == objects


def test_the_secret_holds_the_token():
    assert secret("abc")["data"] == {"token": "YWJj"}
