# SPDX-License-Identifier: MIT
"""What the commands say, and their exit statuses: LTTng's."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest

from control.house import House
from kymograph.cli.verbs import VERBS


def test_version(house: House) -> None:
    assert re.match(r"kymo version \d+\.\d+\.\d+ - Kymograph\n\n.+\n$", house.ok("version"))
    assert house.ok("--version") == house.ok("-V") == house.ok("version")
    assert not house.run.exists()


@pytest.mark.parametrize("verb", VERBS)
def test_help_pages(house: House, verb: str) -> None:
    page = house.ok("help", verb)
    assert page == house.ok(verb, "--help") == house.ok(verb, "-h")
    assert page.startswith(f"Usage: kymo {verb} ")
    assert "\nExamples:\n  kymo " in page
    assert all(len(line) <= 110 for line in page.splitlines())


def test_the_overview_names_every_command(house: House) -> None:
    page = house.ok("--help")
    assert page == house.ok("help") == house.ok("-h")
    assert all(f"\n  {verb} " in page for verb in VERBS)
    assert house.ok("--list-commands").splitlines() == list(VERBS)
    bare = house.kymo()
    assert (bare.returncode, bare.stdout) == (1, page)


def test_the_name_we_are_called_by(house: House) -> None:
    script = (
        "import sys; sys.argv[0] = '/usr/bin/lttng'; from kymograph.cli.main import main; sys.exit(main())"
    )
    result = subprocess.run(
        [sys.executable, "-c", script, "frobnicate"],
        env=house.env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 2
    assert result.stderr == "Error: frobnicate is not an lttng command (see 'lttng --help')\n"


@pytest.mark.parametrize(
    ("arguments", "status", "line"),
    [
        ("frobnicate", 2, "Error: frobnicate is not a kymo command (see 'kymo --help')"),
        ("crate", 2, "Error: crate is not a kymo command (did you mean create? see 'kymo --help')"),
        ("help crate", 2, "Error: crate is not a kymo command (did you mean create? see 'kymo --help')"),
        ("-x list", 2, "Error: Unrecognized option '-x' (see 'kymo --help')"),
        (
            "create --frob",
            2,
            "Error: Unrecognized argument '--frob' used with 'create' command (see 'kymo create --help')",
        ),
        ("create a b", 1, "Error: Unknown argument: b (see 'kymo create --help')"),
        ("create a -- b", 1, "Error: Unknown argument: b (see 'kymo create --help')"),
        (
            "set-session",
            1,
            "Error: the following arguments are required: NAME (see 'kymo set-session --help')",
        ),
        ("enable-event sched_switch", 1, "Error: Please specify a domain (--kernel) (add -k)"),
        (
            "enable-event -k",
            1,
            "Error: Missing event name(s) (for example: kymo enable-event -k sched_switch)",
        ),
        (
            "enable-event -k a,,b",
            1,
            "Error: Missing event name(s) (for example: kymo enable-event -k sched_switch)",
        ),
        ("enable-channel -k", 1, "Error: Missing channel name (name the channel)"),
        ("disable-event -k", 1, None),
        ("list nosuch", 1, "Error: Session 'nosuch' not found (list shows the sessions there are)"),
        ("start nosuch", 1, "Error: Session 'nosuch' not found (list shows the sessions there are)"),
        ("view nosuch", 1, "Error: Session 'nosuch' not found (list shows the sessions there are)"),
        ("set-session nosuch", 1, "Error: Session 'nosuch' not found (list shows the sessions there are)"),
        *(
            (
                verb,
                1,
                "Error: There is no current session "
                "(create one: kymo create; or choose one: kymo set-session NAME)",
            )
            for verb in ("status", "start", "stop", "destroy", "view", "enable-event -k sched_switch")
        ),
        ("view -t /no/such", 1, "Error: there is no trace at '/no/such' (was it moved or removed?)"),
        ("record -e sched_switch", 1, "Error: Missing command to run (kymo record -e EVENT -- COMMAND)"),
        ("record -- true", 1, None),
    ],
)
def test_errors(house: House, arguments: str, status: int, line: str | None) -> None:
    said = house.fails(status, *arguments.split())
    assert line is None or said == line
    assert house.traces() == []


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "The session name is empty"),
        ("a/b", "Invalid character found in session name 'a/b'"),
        ("a\nb", "Invalid character found in session name 'a\\nb'"),
        ("a\x1b[31m", "Invalid character found in session name 'a\\x1b[31m'"),
        ("..", "The session name '..' begins with '.'"),
        ("x" * 300, "The session name is too long"),
        ("\N{SNOWMAN}" * 100, "The session name is too long"),
    ],
)
def test_session_names(house: House, name: str, said: str) -> None:
    assert house.fails(1, "create", name).startswith(f"Error: {said}")
    assert house.traces() == []


def test_a_session_name_of_other_alphabets(house: House) -> None:
    house.ok("create", "Zürich – 東京")
    assert "Zürich – 東京 [inactive]" in house.ok("list")


def test_sessions(house: House) -> None:
    assert house.ok("list") == "Currently no available recording session\n"
    assert house.ok("destroy", "--all") == "No session found, nothing to do.\n"
    house.ok("create", "one", "-o", str(house.root / "out"))
    assert house.ok("list") == (
        "Available recording sessions:\n"
        "  1) one [inactive]\n"
        f"    Trace output: {house.root}/out\n"
        "\n"
        "\n"
        "Use kymo list <session_name> for more details\n"
    )
    assert house.fails(1, "create", "one").startswith("Error: Session name 'one' already exists (")
    assert house.fails(1, "list", "ome") == "Error: Session 'ome' not found (did you mean one?)"
    house.ok("create", "two")
    assert house.ok("set-session", "one") == "Session set to one\n"
    assert house.ok("destroy") == "Session one destroyed\n"
    house.fails(1, "status")
    assert house.ok("destroy", "two") == "Session two destroyed\n"


def test_states(house: House) -> None:
    house.ok("create", "s")
    assert house.fails(1, "start").startswith("Error: No channel found in session s (enable an event first")
    assert house.fails(1, "view").startswith("Error: Session s was never started: there is no trace to read")
    house.ok("enable-event", "-k", "sched_switch")
    assert house.fails(4, "enable-event", "-k", "sched_switch") == (
        "Warning: Event sched_switch: Kernel event sched_switch already enabled (channel channel0)"
    )
    house.ok("start")
    assert house.fails(4, "start") == "Warning: Tracing already started for session s"
    assert house.fails(4, "view").startswith(
        "Warning: Session s is running. Please stop it before reading it"
    )
    house.ok("stop")
    stopped = house.kymo("stop")
    assert (stopped.returncode, stopped.stderr) == (4, "Warning: Tracing already stopped for session s\n")
    assert house.ok("view").splitlines()[0].startswith("[")
    house.ok("start")
    assert house.ok("destroy") == "Session s destroyed\n"


def test_status_in_full(house: House) -> None:
    house.ok("create", "s", "-o", str(house.root / "out"))
    house.ok("enable-event", "-k", "sched_switch")
    house.ok("enable-event", "-k", "--syscall", "openat")
    expected = f"""\
Recording session s: [inactive]
    Trace output: {house.root}/out

=== Domain: Linux kernel ===

Tracked process attributes
  Process IDs:          all
  Virtual process IDs:  all
  User IDs:             all
  Virtual user IDs:     all
  Group IDs:            all
  Virtual group IDs:    all

Channels:
-------------
- channel0: [enabled]

    Attributes:
      Event-loss mode:  discard
      Sub-buffer size:  1048576 bytes
      Sub-buffer count: 4
      Switch timer:     inactive
      Read timer:       200000 us
      Monitor timer:    1000000 us
      Blocking timeout: 0 us
      Trace file count: 1 per stream
      Trace file size:  unlimited
      Output mode:      mmap

    Statistics:
      Discarded events: 0

    Recording event rules:
      sched_switch (loglevel: TRACE_EMERG (0)) (type: tracepoint) [enabled]
      openat (type:syscall) [enabled]

"""
    assert house.ok("status") == house.ok("list", "s") == expected


def test_channels(house: House) -> None:
    house.ok("create", "s")
    said = house.ok(
        "enable-channel", "-k", "c2", "--overwrite", "--subbuf-size=64K", "--num-subbuf=4",
        "--switch-timer=100ms", "--read-timer=50000",
    )  # fmt: skip
    assert said == "kernel channel c2 enabled for session s\n"
    text = house.ok("status")
    for line in (
        "- c2: [enabled]",
        "      Event-loss mode:  overwrite",
        "      Sub-buffer size:  65536 bytes",
        "      Switch timer:     100000 us",
        "      Read timer:       50000 us",
        "      Lost packets:     0",
        "      None",
    ):
        assert line in text.splitlines()
    assert "Blocking timeout" not in text
    assert house.fails(4, "enable-channel", "-k", "c2") == (
        "Warning: Channel c2: Kernel channel already exists (session s)"
    )
    assert house.fails(1, "enable-event", "-k", "sched_switch") == (
        "Error: Event sched_switch: Non-default channel exists within session: channel name needs to be "
        "specified with '-c name' (session s) (its channels: c2)"
    )
    assert house.ok("enable-event", "-k", "-c", "c2", "sched_switch,sched_wakeup") == (
        "Kernel event sched_switch created in channel c2\nKernel event sched_wakeup created in channel c2\n"
    )
    assert house.ok("enable-event", "-k", "-c", "new", "--all") == (
        "All kernel events are enabled in channel new\n"
    )
    assert [channel["name"] for channel in house.json("status")["session"]["channels"]] == ["c2", "new"]


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("--subbuf-size=1000", "the next valid size is 4k"),
        ("--subbuf-size=5000", "the next valid size is 8k"),
        ("--subbuf-size=3M", "the next valid size is 4M"),
        ("--subbuf-size=0", "must be more than 0"),
        ("--subbuf-size=big", "'big' is not a size"),
        ("--subbuf-size=2G", "1 GiB"),
        ("--num-subbuf=3", "the next valid number is 4"),
        ("--switch-timer=soon", "'soon' is not a duration"),
        ("--switch-timer=1000h", "the longest is 71m"),
    ],
)
def test_sizes_that_cannot_be(house: House, option: str, said: str) -> None:
    house.ok("create", "s")
    assert said in house.fails(1, "enable-channel", "-k", "c", option)
    assert house.json("status")["session"]["channels"] == []


def test_channel_names(house: House) -> None:
    house.ok("create", "s")
    for name in ("a/b", "..", "metadata", "index", "x" * 300):
        assert house.fails(1, "enable-channel", "-k", name).startswith("Error: Channel ")
    assert house.fails(1, "enable-event", "-k", "sched_switch", "-c", "../../etc").startswith("Error: ")
    assert house.json("status")["session"]["channels"] == []


def test_unknown_events(house: House) -> None:
    house.ok("create", "s")
    line = house.fails(1, "enable-event", "-k", "sched_swich")
    assert line.startswith("Error: Event sched_swich: ")
    assert "sched_switch" in line
    assert "openat" in house.fails(1, "enable-event", "-k", "--syscall", "opena")
    assert house.json("status")["session"]["channels"] == []
    result = house.kymo("enable-event", "-k", "sched_switch,nosuchthing,sched_wakeup")
    assert result.returncode == 1
    assert result.stdout.splitlines() == [
        "Kernel event sched_switch created in channel channel0",
        "Kernel event sched_wakeup created in channel channel0",
    ]


def test_disable_event(house: House) -> None:
    house.ok("create", "s")
    house.ok("enable-event", "-k", "sched_switch,sched_wakeup")
    assert house.ok("disable-event", "-k", "sched_switch") == (
        "kernel sched_switch of type tracepoint disabled in channel channel0 for session s\n"
    )
    assert "sched_switch (loglevel: TRACE_EMERG (0)) (type: tracepoint) [disabled]" in house.ok("status")
    assert "no event rule nosuch" in house.fails(1, "disable-event", "-k", "nosuch")
    house.ok("enable-event", "-k", "sched_switch")
    house.ok("disable-event", "-k", "--all-events")
    assert "[enabled]\n" not in house.ok("status").split("Recording event rules")[1]


def test_quiet_and_json(house: House) -> None:
    assert house.ok("-q", "create", "s") == ""
    assert house.ok("-q", "enable-event", "-k", "sched_switch") == ""
    assert house.ok("-q", "list") != ""
    assert json.loads(house.ok("list", "--json")) == json.loads(house.ok("--json", "list"))
    session = house.json("status")["session"]
    assert (session["name"], session["active"], session["error"]) == ("s", False, None)
    failed = house.kymo("--json", "start", "nosuch")
    assert failed.returncode == 1
    (error,) = json.loads(failed.stdout)["errors"]
    assert error["code"] == "no-session"
    assert json.loads(house.ok("version", "--json"))["name"] == "kymograph"
    events = json.loads(house.ok("list", "-k", "-f", "--json"))["events"]
    (switch,) = (event for event in events if event["name"] == "sched_switch")
    assert ["prev_tid", "int32"] in switch["records"][0]["fields"]


def test_a_reader_that_has_seen_enough(house: House) -> None:
    house.ok("list")
    command = f"{sys.executable} -m kymograph.cli.main list -k | head -1"
    result = subprocess.run(["sh", "-c", command], env=house.env, capture_output=True, text=True, check=False)
    assert (result.stdout, result.stderr) == ("Kernel events:\n", "")


def test_a_home_that_cannot_be_written(house: House) -> None:
    home = house.root / "file"
    home.touch()
    line = house.fails(1, "create", "s", env={"LTTNG_HOME": str(home)})
    assert line.startswith(f"Error: cannot make '{home}/lttng-traces/s-")
    assert house.json("list")["sessions"] == []
