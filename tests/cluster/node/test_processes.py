import asyncio
import os
import signal
import sys

import pytest

from e2e.cluster.node.processes import Command, end, run, signal_session, start
from e2e.cluster.node.tasks import Crew

pytestmark = pytest.mark.process

STUBBORN = "trap '' TERM; echo begun; while :; do sleep 1; done"


def command(*words, folder="/"):
    return Command(words, {"PATH": os.environ["PATH"], "WORD": "sesame"}, str(folder))


async def until(true):
    async with asyncio.timeout(20):
        while not true():  # noqa: ASYNC110 - other processes set no events here
            await asyncio.sleep(0.01)


async def test_a_command_runs_with_its_own_variables_and_folder(tmp_path):
    with (tmp_path / "log").open("wb") as log:
        process = await start(command("sh", "-c", "echo $WORD; pwd", folder=tmp_path), log)
        assert await process.wait() == 0
    assert (tmp_path / "log").read_text() == f"sesame\n{tmp_path}\n"


async def test_a_program_is_found_below_the_commands_folder(tmp_path):
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\nexit 4\n")
    program.chmod(0o700)
    assert await run(command("./program", folder=tmp_path)) == 4


@pytest.mark.parametrize(
    ("words", "message"), [(["no-such-program"], "no-such-program was not found"), ([], "has a command")]
)
async def test_what_cannot_be_started_says_why(words, message):
    with pytest.raises(FileNotFoundError, match=message):
        await start(command(*words))


async def test_a_process_that_ignores_the_polite_signal_is_killed(tmp_path):
    log = tmp_path / "log"
    with log.open("wb") as output:
        process = await start(command("sh", "-c", STUBBORN), output)
    await until(lambda: log.read_text() == "begun\n")
    await end(process, 0.1)
    assert process.returncode == -signal.SIGKILL


async def test_a_process_ends_when_its_starter_is_killed(tmp_path):
    log = tmp_path / "log"
    code = (
        "import asyncio, sys\n"
        "from e2e.cluster.node.processes import Command, start\n"
        "async def main():\n"
        f"    process = await start(Command(('sleep', '600'), {{'PATH': {os.environ['PATH']!r}}}, '/'))\n"
        "    print(process.pid, flush=True)\n"
        "    await process.wait()\n"
        "asyncio.run(main())\n"
    )
    with log.open("wb") as output:
        starter = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=output)
    await until(lambda: log.read_text().endswith("\n"))
    child = int(log.read_text())
    assert exists(child)
    starter.kill()
    await starter.wait()
    await until(lambda: not exists(child))


def exists(process_id):
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    return True


async def test_a_signal_to_a_process_that_has_ended_is_no_error():
    process = await start(command("true"))
    await process.wait()
    signal_session(process, signal.SIGTERM)


async def test_the_death_of_a_task_is_heard(capsys):
    deaths = []
    crew = Crew(lambda name, error: deaths.append((name, str(error))))

    async def fail():
        raise ValueError("broken")

    await asyncio.wait({crew.start("part", fail())})
    await asyncio.sleep(0)
    assert deaths == [("part", "broken")]
    assert "task part died:" in capsys.readouterr().err


async def test_cancelled_tasks_are_no_deaths():
    deaths = []
    crew = Crew(lambda name, _: deaths.append(name))
    task = crew.start("part", asyncio.sleep(600))
    await crew.cancel()
    assert task.cancelled()
    assert deaths == []
