#!/usr/bin/env python3
"""Compares wimsmith with wimlib-imagex and 7zz on the same jobs, side by side, in one run.

  bench/compare.py SOURCE.wim [--runs 5] [--only REGEX] [--work DIR] [--wimsmith PATH] [--write]

Each job runs our command and the peer's in turn, once to warm up and then --runs times; the table has medians and the
ratio of the medians of wall time (above 1: ours is faster), CPU time, peak memory and output size. Output goes to DIR,
a fresh folder in /dev/shm where there is one, so that the storage does not measure along. --write puts the table and
the machine into bench/RESULTS.md. Needs wimlib-imagex (Debian's wimtools), 7zz (Debian's 7zip) and a release build.
"""
import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field

HERE = os.path.dirname(os.path.abspath(__file__))


@dataclass
class Job:
    """What to run. {src} is the source, {out} a fresh path, {our}/{lzx}/... the commands and inputs made before."""

    name: str
    ours: str
    peer: str
    peer_name: str = "wimlib"
    # A shell command that prepares the inputs, not timed; run before every run.
    prepare: str = ""
    note: str = ""


@dataclass
class Figures:
    wall: list = field(default_factory=list)
    cpu: list = field(default_factory=list)
    memory: list = field(default_factory=list)
    size: int = 0


JOBS = [
    Job("info", "{w} info {src}", "wimlib-imagex info {src}"),
    Job("ls", "{w} ls {src} 1 --recursive", "wimlib-imagex dir {src} 1"),
    Job("verify LZX", "{w} verify {src}", "wimlib-imagex verify {src}"),
    Job("verify LZX", "{w} verify {src}", "7zz t {src}", "7zz"),
    Job("verify XPRESS", "{w} verify {xpress}", "wimlib-imagex verify {xpress}"),
    Job("verify XPRESS", "{w} verify {xpress}", "7zz t {xpress}", "7zz"),
    Job("verify solid LZMS", "{w} verify {solid}", "wimlib-imagex verify {solid}"),
    Job("verify solid LZMS", "{w} verify {solid}", "7zz t {solid}", "7zz"),
    Job(
        "export verbatim, checked",
        "{w} export {src} 1 {out}",
        "wimlib-imagex export {src} 1 {out} && wimlib-imagex verify {out}",
        note="the peer's export checks nothing, so its verify is part of the job",
    ),
    Job("export verbatim, unchecked", "{w} export {src} 1 {out} --no-verify", "wimlib-imagex export {src} 1 {out}"),
    Job(
        "export-boot",
        "{w} export-boot -a x64 -i 1 --source {src} --out {out}",
        "wimlib-imagex export {src} 1 {out} --boot && wimlib-imagex verify {out}",
    ),
    Job(
        "export-boot, unchecked",
        "{w} export-boot -a x64 -i 1 --source {src} --out {out} --no-verify",
        "wimlib-imagex export {src} 1 {out} --boot",
    ),
    Job("export to none", "{w} export {src} 1 {out} --compress none", "wimlib-imagex export {src} 1 {out} --compress=none"),
    *[
        Job(
            f"export to {codec.upper()} {level}, {threads} thread{'s' if threads > 1 else ''}",
            f"{{w}} export {{src}} 1 {{out}} --compress {codec}:{level} --recompress --threads {threads}",
            f"wimlib-imagex export {{src}} 1 {{out}} --compress={codec}:{level} --recompress --threads={threads}",
        )
        for codec in ("xpress", "lzx")
        for level in (20, 50, 100)
        for threads in (1, 2)
    ],
    Job(
        "export to solid LZMS, 2 threads",
        "{w} export {src} 1 {out} --solid --threads 2",
        "wimlib-imagex export {src} 1 {out} --solid --threads=2",
    ),
    Job(
        "export solid to LZX 50, 2 threads",
        "{w} export {solid} 1 {out} --compress lzx:50 --threads 2",
        "wimlib-imagex export {solid} 1 {out} --compress=lzx:50 --threads=2",
    ),
    Job("optimize", "{w} optimize {copy}", "wimlib-imagex optimize {copy}", prepare="cp {src} {copy}"),
    Job("delete", "{w} delete {copy} 2", "wimlib-imagex delete {copy} 2", prepare="cp {src} {copy}"),
    Job("split", "{w} split {src} {out} --part-size 20M", "wimlib-imagex split {src} {out} 20"),
    Job("join", "{w} join {out} {dir}/set*.swm", "wimlib-imagex join {out} {dir}/set*.swm"),
    Job(
        "append",
        "{w} export {src} 2 {copy} --append",
        "wimlib-imagex export {src} 2 {copy}",
        prepare="cp {first} {copy}",
    ),
]

# Inputs that are made once, by the peer, with the source's first image.
INPUTS = {
    "xpress": "wimlib-imagex export {src} all {xpress} --compress=xpress --recompress",
    "solid": "wimlib-imagex export {src} all {solid} --solid",
    "first": "wimlib-imagex export {src} 1 {first}",
    "set": "wimlib-imagex split {src} {dir}/set.swm 20",
}


def run(command, quiet=True):
    """Runs a shell command; returns wall seconds, CPU seconds, peak bytes of its largest process, and success."""
    start = time.monotonic()
    sink = subprocess.DEVNULL if quiet else None
    child = subprocess.Popen(["sh", "-c", command], stdout=sink, stderr=sink, stdin=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return time.monotonic() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, child.returncode == 0


def measure(job, paths, runs):
    figures = {"ours": Figures(), "peer": Figures()}
    for number in range(runs + 1):
        for side, command in (("ours", job.ours), ("peer", job.peer)):
            for name in os.listdir(paths["dir"]):
                if name.startswith("out"):
                    os.unlink(os.path.join(paths["dir"], name))
            if job.prepare:
                subprocess.run(["sh", "-c", job.prepare.format(**paths)], check=True, stdout=subprocess.DEVNULL)
            wall, cpu, memory, ok = run(command.format(**paths))
            if not ok:
                return None, side
            figures[side].size = sum(
                os.path.getsize(os.path.join(paths["dir"], name))
                for name in os.listdir(paths["dir"])
                if name.startswith("out") or (name == "copy.wim" and job.prepare)
            )
            if number:  # the first one warms up
                figures[side].wall.append(wall)
                figures[side].cpu.append(cpu)
                figures[side].memory.append(memory)
    return figures, None


def row(job, figures):
    ours, peer = figures["ours"], figures["peer"]
    m = statistics.median
    size = f"{ours.size / peer.size:.4f}" if ours.size and peer.size else ""
    return (
        f"| {job.name} | {job.peer_name} | {m(ours.wall):.3f} s | {m(peer.wall):.3f} s | **{m(peer.wall) / m(ours.wall):.2f}** "
        f"| {m(ours.cpu):.2f} / {m(peer.cpu):.2f} s | {m(ours.memory) / 2**20:.0f} / {m(peer.memory) / 2**20:.0f} MiB | {size} |"
    )


HEAD = """| job | peer | wimsmith | peer's time | times as fast | CPU | peak memory | our size / its size |
|---|---|--:|--:|--:|--:|--:|--:|"""


def machine():
    model = next((l.split(":", 1)[1].strip() for l in open("/proc/cpuinfo") if l.startswith("model name")), "unknown")
    version = lambda c: subprocess.run(c, shell=True, capture_output=True, text=True).stdout.strip().splitlines()[0]
    return [
        f"- {os.cpu_count()} cores, {model}",
        f"- {version('wimlib-imagex --version')}",
        f"- {version('7zz | grep -m1 7-Zip')}",
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", default="", help="jobs whose name matches this regular expression")
    parser.add_argument("--work", help="a folder for inputs and outputs, best on tmpfs")
    parser.add_argument("--wimsmith", default=os.path.join(HERE, "..", "target", "release", "wimsmith"))
    parser.add_argument("--write", action="store_true", help="write bench/RESULTS.md")
    arguments = parser.parse_args()
    work = arguments.work or tempfile.mkdtemp(prefix="wimsmith-bench.", dir="/dev/shm" if os.path.isdir("/dev/shm") else None)
    os.makedirs(work, exist_ok=True)
    paths = {name: os.path.join(work, f"{name}.wim") for name in ("src", "out", "copy", "xpress", "solid", "first")}
    paths.update(dir=work, w=os.path.abspath(arguments.wimsmith))
    try:
        shutil.copyfile(arguments.source, paths["src"])
        jobs = [job for job in JOBS if re.search(arguments.only, job.name)]
        for name, command in INPUTS.items():
            needed = any("{" + name + "}" in job.ours + job.peer + job.prepare or name in job.ours for job in jobs)
            if needed and not run(command.format(**paths))[3]:
                sys.exit(f"cannot make the input {name}: {command.format(**paths)}")
        lines = [HEAD]
        print(HEAD, flush=True)
        for job in jobs:
            figures, failed = measure(job, paths, arguments.runs)
            line = row(job, figures) if figures else f"| {job.name} | {job.peer_name} | {failed} failed | | | | | |"
            lines.append(line)
            print(line, flush=True)
    finally:
        if not arguments.work:
            shutil.rmtree(work)
    if arguments.write:
        text = [
            "# Side by side",
            "",
            f"`bench/compare.py SOURCE.wim --runs {arguments.runs} --write`, on {time.strftime('%Y-%m-%d')}: medians, output on tmpfs, warm cache.",
            "",
            *machine(),
            f"- source: {os.path.getsize(arguments.source):,} bytes",
            "",
            *lines,
            "",
        ]
        with open(os.path.join(HERE, "RESULTS.md"), "w") as file:
            file.write("\n".join(text))


main()
