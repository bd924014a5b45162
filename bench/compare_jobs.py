"""What bench/compare.py compares: each job as our command and the peer's."""
from dataclasses import dataclass, replace


@dataclass
class Job:
    """In the commands, {w} is wimsmith, {src} the source, {out} and {copy} fresh paths, the others the INPUTS."""

    name: str
    ours: str
    peer: str
    peer_name: str = "wimlib"
    # Prepares what the command changes; run before every run, and not timed.
    prepare: str = ""
    # The inputs that it needs.
    needs: tuple = ()
    # Where it is in the plot: the codec, and the level.
    point: tuple = ()
    # How much more time than others it may take, as more depends on it.
    weight: int = 1


# Inputs that are made once, by the peer.
INPUTS = {
    "xpress": "wimlib-imagex export {src} all {xpress} --compress=xpress --recompress",
    "solid": "wimlib-imagex export {src} all {solid} --solid",
    "first": "wimlib-imagex export {src} 1 {first}",
    "set": "wimlib-imagex split {src} {set} 20",
    "many": "wimlib-imagex capture {tree} {many} --compress=none",
    "files": "wimlib-imagex apply {src} 1 {files}",
}


def capture(codec, folder, name=""):
    """A folder's files as an archive; both programs read each once, and ours decodes what it encoded to LZX."""
    return Job(
        f"capture{name} to {codec}",
        f"{{w}} capture {{{folder}}} {{out}} --compress {codec}",
        f"wimlib-imagex capture {{{folder}}} {{out}} --compress={codec}",
        needs=(folder,),
    )


def verify(codec, source):
    needs = () if source == "src" else (source,)
    for peer, command in (("wimlib", "wimlib-imagex verify"), ("7zz", "7zz t")):
        yield Job(f"verify {codec}", f"{{w}} verify {{{source}}}", f"{command} {{{source}}}", peer, needs=needs)


def export_to(codec, level, threads, source="src", name=None):
    """Everything compressed anew."""
    return Job(
        name or f"export to {codec.upper()} {level}, {threads} thread{'s' if threads > 1 else ''}",
        f"{{w}} export {{{source}}} 1 {{out}} --compress {codec}:{level} --recompress --threads {threads}",
        f"wimlib-imagex export {{{source}}} 1 {{out}} --compress={codec}:{level} --recompress --threads={threads}",
        point=(codec.upper(), level) if threads == 2 and source == "src" else (),
        needs=() if source == "src" else (source,),
        weight=2 if (level, threads) == (50, 2) else 1,
    )


def export_solid(level, threads):
    compress = f"lzms:{level}"
    return Job(
        f"export to solid LZMS {level}, {threads} thread{'s' if threads > 1 else ''}",
        f"{{w}} export {{src}} 1 {{out}} --solid --solid-compress {compress} --threads {threads}",
        f"wimlib-imagex export {{src}} 1 {{out}} --solid --solid-compress={compress} --threads={threads}",
        point=("solid LZMS", level) if threads == 2 else (),
        weight=4 if (level, threads) == (50, 2) else 1,
    )


JOBS = [
    Job("info", "{w} info {src}", "wimlib-imagex info {src}"),
    Job("ls", "{w} ls {src} 1 --recursive", "wimlib-imagex dir {src} 1"),
    Job("info, 100,000 files", "{w} info {many}", "wimlib-imagex info {many}", needs=("many",)),
    Job("ls, 100,000 files", "{w} ls {many} 1 --recursive", "wimlib-imagex dir {many} 1", needs=("many",)),
    *verify("LZX", "src"),
    *verify("XPRESS", "xpress"),
    *verify("solid LZMS", "solid"),
    Job(
        "export verbatim, checked",
        "{w} export {src} 1 {out}",
        "wimlib-imagex export {src} 1 {out} && wimlib-imagex verify {out}",
        "wimlib, then its verify",
    ),
    Job("export verbatim, unchecked", "{w} export {src} 1 {out} --no-verify", "wimlib-imagex export {src} 1 {out}"),
    Job(
        "export-boot",
        "{w} export-boot -a x64 -i 1 --source {src} --out {out}",
        "wimlib-imagex export {src} 1 {out} --boot && wimlib-imagex verify {out}",
        "wimlib, then its verify",
    ),
    Job(
        "export to none",
        "{w} export {src} 1 {out} --compress none",
        "wimlib-imagex export {src} 1 {out} --compress=none",
    ),
    *[export_to(codec, level, threads) for codec in ("xpress", "lzx") for level in (20, 50, 100) for threads in (1, 2)],
    *[export_solid(level, threads) for level, threads in ((20, 1), (20, 2), (50, 1), (50, 2), (100, 2))],
    export_to("lzx", 50, 2, "solid", "export solid to LZX 50, 2 threads"),
    Job("apply", "{w} apply {src} 1 {out}", "wimlib-imagex apply {src} 1 {out}"),
    Job("apply", "{w} apply {src} 1 {out}", "7zz x -y -bd -o{out} {src}", "7zz"),
    Job("apply, 100,000 files", "{w} apply {many} 1 {out}", "wimlib-imagex apply {many} 1 {out}", needs=("many",)),
    *[capture(codec, "files") for codec in ("none", "xpress", "lzx")],
    *[capture(codec, "tree", " 100,000 files") for codec in ("none", "xpress", "lzx")],
    Job(
        "export solid verbatim, checked",
        "{w} export {solid} all {out}",
        "wimlib-imagex export {solid} all {out} && wimlib-imagex verify {out}",
        "wimlib, then its verify",
        needs=("solid",),
    ),
]

# Changes of an archive: ours with a check of all that is copied, against the peer's and then its verify; and neither checked.
CHANGES = [
    Job("optimize", "{w} optimize {copy}", "wimlib-imagex optimize {copy}", prepare="cp {src} {copy}"),
    Job("delete", "{w} delete {copy} 2", "wimlib-imagex delete {copy} 2", prepare="cp {src} {copy}"),
    Job("split", "{w} split {src} {out} --part-size 20M", "wimlib-imagex split {src} {out} 20"),
    Job("join", "{w} join {out} {dir}/set*.swm", "wimlib-imagex join {out} {dir}/set*.swm", needs=("set",)),
    Job(
        "append",
        "{w} export {src} 2 {copy} --append",
        "wimlib-imagex export {src} 2 {copy}",
        prepare="cp {first} {copy}",
        needs=("first",),
    ),
]
for job in CHANGES:
    made = "{copy}" if job.prepare else "{out}"
    more = "--ref='{dir}/out*.wim'" if job.name == "split" else ""
    checked, peer = f"{job.peer} && wimlib-imagex verify {made} {more}", "wimlib, then its verify"
    JOBS.append(replace(job, name=f"{job.name}, checked", peer=checked, peer_name=peer))
    JOBS.append(replace(job, name=f"{job.name}, unchecked", ours=f"{job.ours} --no-verify"))
