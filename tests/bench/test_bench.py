import aiohttp

from e2e.bench.bursts import rollout
from e2e.bench.samples import figures, rank
from e2e.bench.stub_prometheus import served


def test_the_rank_is_the_smallest_sample_that_covers_the_share():
    samples = [float(n) for n in range(1, 101)]
    assert (rank(samples, 0.5), rank(samples, 0.99), rank(samples, 1.0)) == (50, 99, 100)


def test_few_samples_have_their_worst_as_p99():
    assert rank([3.0, 1.0, 2.0], 0.99) == 3.0


def test_figures_have_the_names_of_the_bars():
    found = figures("x", [1.0, 2.0, 3.0])
    assert found == {"x.p50": 2.0, "x.median": 2.0, "x.p99": 3.0, "x.max": 3.0, "x.count": 3}


async def test_the_stub_answers_every_query_with_the_number_in_force():
    async with served(1.0) as stub, aiohttp.ClientSession() as http:
        for value in (1.0, 0.0):
            stub.value = value
            async with http.get(f"{stub.address}/api/v1/query", params={"query": "anything"}) as response:
                answer = await response.json()
            assert float(answer["data"]["result"][0]["value"][1]) == value


def test_one_bad_look_is_enough_for_the_rollout_that_is_measured():
    gate = rollout("http://127.0.0.1:1", "r1")["spec"]["gates"][0]
    assert gate["threshold"]["failFor"] == "1 of 1"
