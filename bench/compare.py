#!/usr/bin/env python3
"""Compares wimsmith with wimlib-imagex and 7zz on the same jobs, side by side, in one run.

  bench/compare.py SOURCE.wim [--runs 5] [--seconds 25] [--only REGEX] [--work DIR] [--wimsmith PATH] [--write]

Each job runs our command and the peer's in turn, once to warm up if that is quick, and then --runs times, or as often as
--seconds allow, but once at least. With an archive of some 60 MB, that is about a quarter of an hour. The table has medians, and the ratio of the medians of wall time (above 1: ours is faster), CPU time, peak memory and output
size. Inputs and outputs lie in DIR, a fresh folder in /dev/shm where there is one, so that the storage does not measure
along. A DIR of your own keeps the inputs and the figures, so that the jobs can be run in several goes with --only. --write
puts the table, a plot and the machine into bench/RESULTS.md and bench/RESULTS.svg.

Needs wimlib-imagex (Debian's wimtools), 7zz (Debian's 7zip), a release build, and an archive of two images, of which the
first is a Windows PE for x64.
"""
import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

import compare_report as report
from compare_jobs import INPUTS, JOBS

HERE = os.path.dirname(os.path.abspath(__file__))


def run(command):
    """Runs a shell command; returns wall seconds, CPU seconds, peak bytes of its largest process, and success."""
    start = time.monotonic()
    quiet = subprocess.DEVNULL
    child = subprocess.Popen(["sh", "-c", command], stdout=quiet, stderr=quiet, stdin=quiet)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return time.monotonic() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, child.returncode == 0


def remove(path):
    if os.path.isdir(path):
        shutil.rmtree(path)
    else:
        os.unlink(path)


def outputs(job, folder):
    names = [name for name in os.listdir(folder) if name.startswith("out") or (job.prepare and name == "copy.wim")]
    return [os.path.join(folder, name) for name in names]


# A job whose first runs take longer than this needs no more warming up.
WARM_UP = 3


def measure(job, paths, runs, seconds):
    """The figures of a job, or None and the side that failed."""
    figures = {side: {"wall": [], "cpu": [], "memory": [], "size": 0} for side in ("ours", "peer")}
    begin, is_warm = time.monotonic(), False
    while len(figures["peer"]["wall"]) < runs:
        start, measured = time.monotonic(), {}
        for side, command in (("ours", job.ours), ("peer", job.peer)):
            for path in outputs(job, paths["dir"]):
                remove(path)
            if job.prepare:
                subprocess.run(["sh", "-c", job.prepare.format(**paths)], check=True)
            wall, cpu, memory, ok = run(command.format(**paths))
            if not ok:
                return None, side
            figures[side]["size"] = sum(os.path.getsize(path) for path in outputs(job, paths["dir"]) if os.path.isfile(path))
            measured[side] = (("wall", wall), ("cpu", cpu), ("memory", memory))
        now = time.monotonic()
        if not is_warm and now - start < WARM_UP:
            is_warm = True
            continue
        for side, values in measured.items():
            for name, value in values:
                figures[side][name].append(value)
        if (now - begin) + (now - start) > seconds * job.weight:
            break
    return figures, None


def make_tree(folder):
    """A hundred thousand small files in a thousand folders."""
    for number in range(100_000):
        name = os.path.join(folder, f"folder {number // 100:04}", f"a file of ordinary length {number:06}.dat")
        os.makedirs(os.path.dirname(name), exist_ok=True)
        with open(name, "w") as file:
            file.write(str(number))


def make_inputs(jobs, paths):
    needed = {name for job in jobs for name in job.needs}
    if needed & {"many", "tree"} and not os.path.exists(paths["tree"]):
        make_tree(paths["tree"])
    for name in sorted(needed - {"tree"}):
        if not os.path.exists(paths[name]) and not run(INPUTS[name].format(**paths))[3]:
            sys.exit(f"cannot make the input {name}: {INPUTS[name].format(**paths)}")


def load(path):
    if not os.path.exists(path):
        return {}
    with open(path) as file:
        return json.load(file)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=25, help="how long a job may take, unless once takes longer")
    parser.add_argument("--only", default="", help="jobs whose name matches this regular expression")
    parser.add_argument("--work", help="a folder for inputs, outputs and figures, best in memory")
    parser.add_argument("--wimsmith", default=os.path.join(HERE, "..", "target", "release", "wimsmith"))
    parser.add_argument("--write", action="store_true", help="write bench/RESULTS.md and bench/RESULTS.svg")
    arguments = parser.parse_args()
    memory = "/dev/shm" if os.path.isdir("/dev/shm") else None
    work = arguments.work or tempfile.mkdtemp(prefix="wimsmith-bench.", dir=memory)
    os.makedirs(work, exist_ok=True)
    paths = {name: os.path.join(work, f"{name}.wim") for name in ("src", "out", "copy", *INPUTS)}
    paths.update(dir=work, set=os.path.join(work, "set.swm"))
    paths.update({name: os.path.join(work, name) for name in ("tree", "files")})
    paths.update(w=os.path.abspath(arguments.wimsmith))
    kept = os.path.join(work, "figures.json")
    try:
        if not os.path.exists(paths["src"]):
            shutil.copyfile(arguments.source, paths["src"])
        results = load(kept)
        jobs = [job for job in JOBS if re.search(arguments.only, job.name)]
        make_inputs(jobs, paths)
        print(report.HEAD, flush=True)
        for job in jobs:
            figures, failed = measure(job, paths, arguments.runs, arguments.seconds)
            if failed:
                print(f"| {job.name} | {job.peer_name} | {failed} failed | | | | | |", flush=True)
                continue
            key = f"{job.name} / {job.peer_name}"
            results[key] = {"name": job.name, "peer_name": job.peer_name, "point": job.point, **figures}
            print(report.row(results[key]), flush=True)
        with open(kept, "w") as file:
            json.dump(results, file)
        if arguments.write:
            in_order = [results[key] for key in (f"{job.name} / {job.peer_name}" for job in JOBS) if key in results]
            report.write(HERE, in_order, os.path.getsize(arguments.source), time.strftime("%Y-%m-%d"))
    finally:
        if not arguments.work:
            shutil.rmtree(work)


main()
