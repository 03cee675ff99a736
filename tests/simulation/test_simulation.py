"""Thousands of whole runs, each a function of its seed, and a check that they notice breakage.

The simulation is a program of its own (`python tests/simulation`) and is run as one. So each
ablation can have its own copy of the package, and pytest is not in its loops.
"""

import argparse
import faulthandler
import json
import os
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
ABLATIONS = sorted((HERE / "ablations").glob("*.patch"))

SEEDS_IN_CI = 1000
SEEDS_OF_NIGHTS_IN_CI = 150  # some 15 s of one core; `make simulate` runs 5,000
OF_NIGHTS = "nights-"  # how the patches begin that nights with a ledger have to notice
SEEDS_TO_CATCH = 600  # the rarest breakage shows in one seed of 130; the search stops at the first
FROM_SEED = "from seed: "  # where a search begins: near a seed that is known to catch it
LONGEST_S = 900


def run_seeds(seeds, tmp_path, *options, package_root=ROOT, processes=1):
    """Return the findings of the program, its exit code and its output."""
    found = tmp_path / f"found-{seeds.replace(':', '-')}.json"
    program = subprocess.run(
        [
            *(sys.executable, str(HERE), "--seeds", seeds, "--processes", str(processes)),
            *("--json", str(found), *options),
        ],
        env={**os.environ, "PYTHONPATH": str(package_root)},
        capture_output=True,
        text=True,
        timeout=LONGEST_S,
        check=False,
    )
    assert found.exists(), program.stderr
    result = json.loads(found.read_text())
    assert Path(result["package"]).parent == package_root, "another package was run"
    return result, program


def test_in_a_thousand_seeds_every_invariant_holds_every_fault_strikes_and_each_replays(tmp_path):
    faulthandler.cancel_dump_traceback_later()  # `LONGEST_S` is its limit
    processes = max(2, os.cpu_count() or 1)
    found, program = run_seeds(f"0:{SEEDS_IN_CI}", tmp_path, processes=processes)
    assert program.returncode == 0, program.stdout
    assert found["failures"] == []
    assert found["seeds"] == SEEDS_IN_CI
    assert found["empty"] == [], "these faults never hit these phases"
    assert found["hits_of_impossible_cells"] == []

    together, _ = run_seeds("100:140", tmp_path)
    alone, _ = run_seeds("3:4", tmp_path)
    assert together["digests"] == found["digests"][100:140]
    assert alone["digests"] == found["digests"][3:4]
    assert together["empty"] != [], "forty seeds cannot hit everything"
    assert len({digest.split()[1] for digest in found["digests"]}) == SEEDS_IN_CI


def test_a_long_run_in_which_a_fault_never_strikes_fails(monkeypatch, capsys):
    monkeypatch.syspath_prepend(str(HERE))
    program = runpy.run_path(str(HERE / "__main__.py"), run_name="simulation_program")
    arguments = argparse.Namespace(json=None, nights=False)
    assert program["report"](program["Block"](seeds=SEEDS_IN_CI - 1), 1.0, arguments) == 0
    assert program["report"](program["Block"](seeds=SEEDS_IN_CI), 1.0, arguments) == 1
    said = capsys.readouterr().out
    assert said.count("never: ") > 200
    assert "never: answer_lost x segment\n" in said


def test_over_nights_with_kills_nobody_is_taken_twice_and_nobody_is_missed(tmp_path):
    faulthandler.cancel_dump_traceback_later()  # `LONGEST_S` is its limit
    processes = max(2, os.cpu_count() or 1)
    seeds = f"0:{SEEDS_OF_NIGHTS_IN_CI}"
    found, program = run_seeds(seeds, tmp_path, "--nights", processes=processes)
    assert program.returncode == 0, program.stdout
    assert found["failures"] == []
    assert found["seeds"] == SEEDS_OF_NIGHTS_IN_CI
    assert found["empty"] == [], "these never happened"
    alone, _ = run_seeds("3:4", tmp_path, "--nights")
    assert alone["digests"] == found["digests"][3:4]
    assert alone["empty"] != [], "one seed cannot have everything"
    assert len({digest.split()[1] for digest in found["digests"]}) == SEEDS_OF_NIGHTS_IN_CI


def test_many_nights_in_which_something_never_happens_fail(monkeypatch, capsys):
    monkeypatch.syspath_prepend(str(HERE))
    program = runpy.run_path(str(HERE / "__main__.py"), run_name="simulation_program")
    arguments = argparse.Namespace(json=None, nights=True)
    assert program["report"](program["Block"](seeds=149), 1.0, arguments) == 0
    assert program["report"](program["Block"](seeds=150), 1.0, arguments) == 1
    assert "never: overtaken\n" in capsys.readouterr().out


def test_there_are_ablations_enough():
    of_nights = [patch for patch in ABLATIONS if patch.name.startswith(OF_NIGHTS)]
    assert len(of_nights) >= 10
    assert len(ABLATIONS) - len(of_nights) >= 20


def apply_ablation(patch, tmp_path):
    """Copy the package to `tmp_path` and apply this breakage.

    Byte code is copied too: by time and size, Python sees which module was changed.
    """
    shutil.copytree(
        ROOT / "cxone_async",
        tmp_path / "cxone_async",
        ignore=shutil.ignore_patterns("*.pyc.*"),  # byte code that another process writes just now
    )
    applied = subprocess.run(
        ["git", "apply", "-C1", str(patch)],  # noqa: S607  wherever git is
        cwd=tmp_path,
        env={**os.environ, "GIT_CEILING_DIRECTORIES": str(tmp_path.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert applied.returncode == 0, f"{patch.name} does not apply any more: {applied.stderr}"


def seed_to_begin_with(patch):
    line = patch.read_text().splitlines()[2]
    return int(line.removeprefix(FROM_SEED) or 0)


@pytest.mark.parametrize("patch", ABLATIONS, ids=lambda patch: patch.stem)
def test_a_deliberate_breakage_is_caught(patch, tmp_path):
    breaks, caught_by, *_ = patch.read_text().splitlines()
    assert breaks.startswith("breaks: ")
    first = seed_to_begin_with(patch)
    names = caught_by.removeprefix("caught by: ").split(", ")
    apply_ablation(patch, tmp_path)
    seeds = f"{first}:{first + SEEDS_TO_CATCH}"
    mode = ["--nights"] if patch.name.startswith(OF_NIGHTS) else []
    found, program = run_seeds(seeds, tmp_path, *mode, package_root=tmp_path)
    assert program.returncode == 1, f"{SEEDS_TO_CATCH} seeds did not notice: {breaks}"
    seed, text = found["failures"][0]
    assert text.split(":")[0] in names, text
    program_and_mode = " ".join(["python tests/simulation", *mode])
    assert f"replay: {program_and_mode} --seeds {seed}:{seed + 1} --verbose" in program.stdout


def test_a_failing_seed_fails_again_in_the_same_way(tmp_path):
    patch = HERE / "ablations" / "retry-ambiguous-submit.patch"
    apply_ablation(patch, tmp_path)
    first = seed_to_begin_with(patch)
    found, _ = run_seeds(f"{first}:{first + SEEDS_TO_CATCH}", tmp_path, package_root=tmp_path)
    seed, text = found["failures"][0]
    replays = [
        run_seeds(f"{seed}:{seed + 1}", tmp_path, "--verbose", package_root=tmp_path)
        for _ in range(2)
    ]
    assert [replay["failures"] for replay, _ in replays] == [[[seed, text]]] * 2
    events = [program.stdout.split("\nexits ")[0] for _, program in replays]
    assert events[0] == events[1]
    assert len(events[0].splitlines()) > 10
