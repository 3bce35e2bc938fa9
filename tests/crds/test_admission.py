"""What a real API server says to good and bad manifests: apply's own answer names the field and the cure."""

import copy
import json
from pathlib import Path

import pytest
import yaml

from e2e.cluster.kubectl import KubectlError
from tests.support.schema import CRD, spec_body

pytestmark = [pytest.mark.cluster, pytest.mark.asyncio(loop_scope="session")]

GATE = {"name": "g", "threshold": {"query": "q", "pass": ">= 0.95", "fail": "< 0.92"}}
PHASES = [{"name": "a", "traffic": 20}, {"name": "b", "traffic": 50}]
MANIFESTS = Path(__file__).parents[2] / "e2e" / "manifests"


def manifest(**spec):
    target = {"deployment": {"name": "detector"}, "flags": {"configMap": "flags"}}
    return {
        "apiVersion": "rollouts.intelligence.dev/v1alpha1",
        "kind": "IntelligenceRollout",
        "metadata": {"name": "r"},
        "spec": {"target": target} | spec,
    }


def threshold(**changes):
    gate = copy.deepcopy(GATE)
    gate["threshold"] |= changes
    return {"gates": [gate]}


@pytest.fixture
async def apply(cluster, namespace):
    """Apply a manifest in a fresh namespace; returns the stored object."""
    await cluster.kubectl("apply", "-f", str(CRD))
    await cluster.kubectl("wait", "--for=condition=Established", "crd/intelligencerollouts.rollouts.intelligence.dev")

    async def run(body):
        out = await cluster.kubectl("-n", namespace, "apply", "-f", "-", "-o", "json", input=json.dumps(body))
        return json.loads(out)

    return run


async def test_the_minimal_manifest_is_stored_with_every_default(apply):
    stored = await apply(manifest())
    expected = spec_body(target={"deployment": {"name": "detector"}, "flags": {"configMap": "flags"}})
    assert stored["spec"] == expected


@pytest.mark.parametrize("name", ["rollout.yaml", "minimal.yaml"])
async def test_the_demos_manifests_are_accepted(apply, name):
    body = yaml.safe_load((MANIFESTS / name).read_text())
    body["metadata"].pop("namespace", None)
    assert (await apply(body))["spec"]["phases"]


BAD = {
    "an unknown field": ({"windows": []}, 'unknown field "spec.windows"'),
    "a field not built yet": ({"onDelete": "Off"}, 'unknown field "spec.onDelete"'),
    "phases that do not grow": ({"phases": PHASES[::-1]}, "traffic of the phases must grow"),
    "phases of equal traffic": (
        {"phases": [PHASES[0], PHASES[1] | {"traffic": 20}]},
        "traffic of the phases must grow",
    ),
    "two phases of one name": ({"phases": [PHASES[0], PHASES[1] | {"name": "a"}]}, "Duplicate value"),
    "no phases": ({"phases": []}, "should have at least 1 items"),
    "traffic over 100": ({"phases": [{"name": "a", "traffic": 101}]}, "less than or equal to 100"),
    "an unknown gate": ({"phases": [PHASES[0] | {"gates": ["nope"]}]}, "names a gate that spec.gates does not define"),
    "an unknown ladder": ({"gates": [GATE | {"onFail": "nope"}]}, "names a ladder that spec.ladders does not define"),
    "an alert's unknown ladder": (
        {"alerts": [{"match": {"a": "b"}, "ladder": "nope"}]},
        "names a ladder that spec.ladders does not define",
    ),
    "bounds that overlap": (threshold(**{"pass": ">= 0.90"}), "pass and fail overlap; move the bounds apart"),
    "bounds of one direction": (threshold(fail="> 0.99"), "one must be a lower bound"),
    "bounds that meet": (threshold(**{"pass": ">= 0.92", "fail": "<= 0.92"}), "make one of them strict"),
    "a bound that is none": (threshold(**{"pass": "high"}), "should match"),
    "more failures than looks": (threshold(failFor="4 of 3"), "with m at most n"),
    "samples that nobody counts": (threshold(minSamples=5), "minSamples needs the query samples"),
    "a duration that is none": ({"interval": "soon"}, "should match"),
    "an unknown action": (
        {"ladders": {"errors": [{"do": "Explode"}], "accuracy": [{"do": "AllOff"}]}},
        "Unsupported value",
    ),
    "an address that is none": ({"prometheus": {"address": "prometheus:9090"}}, "should match"),
}


@pytest.mark.parametrize("case", list(BAD))
async def test_a_bad_manifest_is_refused_by_apply(apply, case):
    spec, answer = BAD[case]
    with pytest.raises(KubectlError, match=answer.replace("(", r"\(")):
        await apply(manifest(**spec))


async def test_a_missing_target_is_refused(apply):
    with pytest.raises(KubectlError, match=r"spec\.target: Required value"):
        await apply({**manifest(), "spec": {}})


@pytest.mark.parametrize(("attempt", "allowed"), [(0, True), (1, False), (2, False)])
async def test_the_target_is_fixed_once_the_rollout_has_started(apply, cluster, namespace, attempt, allowed):
    await apply(manifest())
    status = json.dumps({"status": {"attempt": attempt}})
    await cluster.kubectl("-n", namespace, "patch", "irol", "r", "--subresource=status", "--type=merge", "-p", status)
    other = manifest(target={"deployment": {"name": "other"}, "flags": {"configMap": "flags"}})
    if allowed:
        assert (await apply(other))["spec"]["target"]["deployment"]["name"] == "other"
    else:
        with pytest.raises(KubectlError, match="target cannot change once the rollout has started"):
            await apply(other)


@pytest.mark.parametrize(
    "garbage",
    [{"phase": "Nonsense"}, {"trafficPercent": 101}, {"trafficPercent": -5}, {"soak": {"lost": {"blind": "-5s"}}}],
)
async def test_a_status_that_the_operator_could_not_read_is_refused(apply, cluster, namespace, garbage):
    await apply(manifest())
    patch = ("--subresource=status", "--type=merge", "-p", json.dumps({"status": garbage}))
    with pytest.raises(KubectlError, match="is invalid"):
        await cluster.kubectl("-n", namespace, "patch", "irol", "r", *patch)


async def test_status_and_spec_are_written_apart(apply, cluster, namespace):
    await apply(manifest())
    forged = json.dumps({"status": {"trafficPercent": 100}})
    await cluster.kubectl("-n", namespace, "patch", "irol", "r", "--type=merge", "-p", forged)
    stored = json.loads(await cluster.kubectl("-n", namespace, "get", "irol", "r", "-o", "json"))
    assert "status" not in stored


async def test_explain_and_the_short_name_work(apply, cluster, namespace):
    await apply(manifest())
    assert "raises the traffic" in await cluster.kubectl("explain", "irol")
    assert "failFor" in await cluster.kubectl("explain", "irol.spec.gates.threshold")
    wide = await cluster.kubectl("-n", namespace, "get", "irol", "-o", "wide")
    assert wide.splitlines()[0].split()[:6] == ["NAME", "PHASE", "STEP", "TRAFFIC", "EFFECTIVE", "GATES"]
    assert "r" in await cluster.kubectl("-n", namespace, "get", "rollouts")
