"""The real thing: a control plane, a node, Prometheus, Alertmanager and the proxies between."""

import asyncio
import os
import signal
import ssl
import subprocess
import sys
from pathlib import Path

import aiohttp
import pytest
import yaml
from aiohttp import web

from e2e.cluster.cache import ROOT
from e2e.cluster.cluster import Cluster
from e2e.cluster.faults import hold, refuse, status
from e2e.cluster.kubectl import Kubectl, KubectlError
from tests.cluster.polling import eventually

pytestmark = pytest.mark.cluster

EXPORTER = """
import os, signal, prometheus_client
prometheus_client.Gauge("test_answer", "What it says.").set(42)
prometheus_client.start_http_server(8000, addr=os.environ["HOST"])
signal.pause()
"""
POD = """
apiVersion: v1
kind: Pod
metadata:
  name: exporter
  labels: {app: exporter}
  annotations: {prometheus.io/scrape: "true", prometheus.io/port: "8000"}
spec:
  containers:
    - name: exporter
      image: exporter:v1
      env: [{name: HOST, valueFrom: {fieldRef: {fieldPath: status.podIP}}}]
"""
RULES = """
groups:
  - name: test
    rules: [{alert: TestAlways, expr: vector(1), labels: {namespace: somewhere}}]
"""
CLOCK = """
groups:
  - name: clock
    rules: [{record: "test:clock", expr: time()}]
"""


@pytest.fixture
def proxied(cluster):
    return Kubectl(cluster.kubectl.program, cluster.proxied_kubeconfig)


@pytest.fixture(autouse=True)
async def _faultless(cluster):
    yield
    await cluster.api_proxy.faults.clear()
    await cluster.prometheus_proxy.faults.clear()


async def query(url, expression):
    async with (
        aiohttp.ClientSession() as http,
        http.get(f"{url}/api/v1/query", params={"query": expression}) as answer,
    ):
        return (await answer.json())["data"]["result"]


async def test_kubectl_works_past_the_proxy_and_through_it(cluster, proxied):
    for kubectl in (cluster.kubectl, proxied):
        assert "sandbox" in await kubectl("get", "nodes", "-o", "name")


async def test_a_refused_command_says_what_kubectl_said(cluster):
    with pytest.raises(KubectlError, match="NotFound"):
        await cluster.kubectl("get", "pod", "nobody")


async def test_manifests_are_applied(cluster, namespace, tmp_path):
    file = tmp_path / "map.yaml"
    file.write_text(f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: m, namespace: {namespace}}}\ndata: {{a: b}}\n")
    assert "created" in await cluster.apply(file)


@pytest.mark.parametrize("code", [409, 410, 429, 500])
async def test_the_api_answers_with_an_error_of_its_own_form(cluster, code):
    path = "/api/v1/namespaces/default/configmaps"
    async with (
        cluster.api_proxy.faults.during(status(code, path="/api/v1/namespaces/*/configmaps", method="GET")),
        raw_api(cluster) as http,
        http.get(path) as answer,
    ):
        assert answer.status == code
        assert (await answer.json())["kind"] == "Status"
        assert await cluster.kubectl("get", "configmaps", "-o", "name")


async def test_a_refused_api_looks_like_a_broken_connection(cluster):
    async with cluster.api_proxy.faults.during(refuse()), raw_api(cluster) as http:
        with pytest.raises(aiohttp.ClientError):
            await http.get("/api/v1/nodes")


async def test_a_held_write_is_not_seen_before_it_is_released(cluster, proxied, namespace):
    faults = cluster.api_proxy.faults
    number = await faults.add(hold(path=f"/api/v1/namespaces/{namespace}/configmaps", method="POST"))
    writing = asyncio.create_task(proxied("create", "configmap", "late", "-n", namespace))
    await eventually(lambda: faults.hits(number))
    assert "late" not in await cluster.kubectl("get", "configmaps", "-n", namespace, "-o", "name")
    await faults.remove(number)
    assert "created" in await writing


async def test_an_open_watch_is_cut_and_410_tells_the_next_one_to_list_again(cluster):
    faults, path = cluster.api_proxy.faults, "/api/v1/pods"
    async with raw_api(cluster) as http:
        async with http.get(path, params={"watch": "true"}) as watch:
            assert watch.status == 200
            await eventually(lambda: faults.cut(path))
            with pytest.raises(aiohttp.ClientError):
                await watch.read()
        await faults.add(status(410, path=path))
        async with http.get(path, params={"watch": "true"}) as watch:
            event = await watch.json()
        assert (event["type"], event["object"]["code"]) == ("ERROR", 410)


async def test_prometheus_finds_a_pod_by_its_annotations(cluster, namespace):
    cluster.add_images({"exporter:v1": {"command": [sys.executable, "-c", EXPORTER]}})
    await cluster.kubectl("apply", "-n", namespace, "-f", "-", input=POD)
    found = await eventually(lambda: query(cluster.prometheus_url, f'test_answer{{namespace="{namespace}"}}'))
    labels = found[0]["metric"]
    assert (labels["pod"], labels["app"], found[0]["value"][1]) == ("exporter", "exporter", "42")


async def test_prometheus_fails_through_its_proxy_and_works_past_it(cluster):
    async with (
        cluster.prometheus_proxy.faults.during(status(503)),
        aiohttp.ClientSession() as http,
        http.get(f"{cluster.prometheus_url}/api/v1/query", params={"query": "1"}) as answer,
    ):
        assert (answer.status, (await answer.json())["status"]) == (503, "error")
        assert await query(cluster.monitoring.prometheus.url, "vector(1)")


async def test_a_killed_prometheus_comes_back_at_its_address_with_its_data(cluster):
    prometheus = cluster.monitoring.prometheus
    oldest = "min_over_time(test:clock[1h])"
    await cluster.monitoring.set_rules("clock", CLOCK)
    before = (await eventually(lambda: query(prometheus.url, oldest)))[0]["value"][1]
    prometheus.kill()
    with pytest.raises(aiohttp.ClientError):
        await query(prometheus.url, oldest)
    await prometheus.start()
    assert (await query(prometheus.url, oldest))[0]["value"][1] == before
    await cluster.monitoring.remove_rules("clock")


async def test_an_alert_reaches_the_webhook_with_the_token(cluster):
    calls = asyncio.Queue()

    async def receive(request):
        calls.put_nowait((request.headers.get("Authorization"), await request.json()))
        return web.Response()

    application = web.Application()
    application.router.add_post("/alerts", receive)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        await cluster.monitoring.set_webhook(f"http://127.0.0.1:{runner.addresses[0][1]}/alerts", "s3cret")
        await cluster.monitoring.set_rules("webhook", RULES)
        async with asyncio.timeout(60):
            authorization, body = await calls.get()
    finally:
        await cluster.monitoring.remove_rules("webhook")
        await cluster.monitoring.set_webhook(None)
        await runner.cleanup()
    assert authorization == "Bearer s3cret"
    assert body["alerts"][0]["labels"] == {"alertname": "TestAlways", "namespace": "somewhere"}


async def test_a_second_cluster_beside_the_first_has_its_own_pods_and_leaves_nothing(cluster, tmp_path):
    async with Cluster(tmp_path / "second", users={"eve": ["editors"]}) as second:
        own = await second.kubectl("get", "nodes", "-o", "jsonpath={.items[*].metadata.uid}")
        assert own != await cluster.kubectl("get", "nodes", "-o", "jsonpath={.items[*].metadata.uid}")
        eve = Kubectl(second.kubectl.program, second.kubeconfig_of("eve"))
        assert '"eve"' in await eve("auth", "whoami", "-o", "json")
    assert not second.folder.exists()
    assert processes_in(second.folder) == []


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_a_cluster_whose_owner_is_ended_leaves_neither_process_nor_folder(tmp_path, number):
    folder = tmp_path / "doomed"
    command = [sys.executable, "-m", "e2e.cluster", "up", "--dir", str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as owner:
        lines = iter(owner.stdout.readline, "")
        assert any(line.startswith("alertmanager") for line in lines)
        assert processes_in(folder) != []
        owner.send_signal(number)

    async def gone():
        return not folder.exists() and processes_in(folder) == []

    asyncio.run(eventually(gone))


def raw_api(cluster):
    """A client of the API as the administrator, through the fault proxy."""
    config = yaml.safe_load(cluster.proxied_kubeconfig.read_text())
    trust = ssl.create_default_context(cafile=cluster.plane.authority)
    headers = {"Authorization": f"Bearer {config['users'][0]['user']['token']}"}
    connector = aiohttp.TCPConnector(ssl=trust)
    return aiohttp.ClientSession(cluster.api_proxy.url, headers=headers, connector=connector)


def processes_in(folder):
    """The processes whose command line names the folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if os.fsencode(str(folder)) in entry.read_bytes():
                found.append(int(entry.parent.name))
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found
