"""bench/RESULTS.md and bench/RESULTS.svg out of the figures that bench/compare.py gathered."""
import math
import os
import statistics
import subprocess

HEAD = """| job | peer | wimsmith | peer's time | times as fast | CPU | peak memory | our size / its size | runs |
|---|---|--:|--:|--:|--:|--:|--:|--:|"""

COLOURS = {"XPRESS": "#2a7ab0", "LZX": "#c0392b", "solid LZMS": "#27864b"}


def row(figures):
    """One line of the table."""
    ours, peer = figures["ours"], figures["peer"]
    m = statistics.median
    size = f"{ours['size'] / peer['size']:.4f}" if ours["size"] and peer["size"] else ""
    ratio = m(peer["wall"]) / m(ours["wall"])
    return (
        f"| {figures['name']} | {figures['peer_name']} | {m(ours['wall']):.3f} s | {m(peer['wall']):.3f} s | **{ratio:.2f}** "
        f"| {m(ours['cpu']):.2f} / {m(peer['cpu']):.2f} s | {m(ours['memory']) / 2**20:.0f} / {m(peer['memory']) / 2**20:.0f} MiB "
        f"| {size} | {len(peer['wall'])} |"
    )


def machine():
    model = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "?")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 30
    version = lambda command: subprocess.run(command, shell=True, capture_output=True, text=True).stdout.strip().splitlines()[0]
    return [
        f"- {os.cpu_count()} cores, {model}, {memory} GiB of memory",
        f"- {version('wimlib-imagex --version')}",
        f"- {version('7zz | grep -m1 7-Zip')}",
    ]


def points(results):
    """For each codec and program the level, the seconds and the bytes of each point, the fastest first."""
    lines = {}
    for figures in results:
        if figures["point"]:
            codec, level = figures["point"]
            for side, program in (("ours", "wimsmith"), ("peer", "wimlib")):
                seconds, size = statistics.median(figures[side]["wall"]), figures[side]["size"]
                lines.setdefault((codec, program), []).append((level, seconds, size))
    return {key: sorted(line, key=lambda point: point[1]) for key, line in lines.items()}


def plot(results):
    """Time against size, both for the first image of the source on two threads: nearer to the corner is better."""
    lines = points(results)
    if not lines:
        return None
    every = [point for line in lines.values() for point in line]
    width, height, left, bottom, top, right = 760, 460, 70, 50, 40, 130
    low, high = math.log10(min(p[1] for p in every) / 1.3), math.log10(max(p[1] for p in every) * 1.3)
    # From a round size below the smallest to one above the largest, in steps of 1, 2 or 5.
    smallest, largest = min(p[2] for p in every) * 0.97, max(p[2] for p in every) * 1.03
    unit = 10 ** math.floor(math.log10((largest - smallest) / 4))
    step = next(unit * factor for factor in (1, 2, 5, 10) if (largest - smallest) / (unit * factor) <= 10)
    least, most = math.floor(smallest / step) * step, math.ceil(largest / step) * step
    x = lambda seconds: left + (math.log10(seconds) - low) / (high - low) * (width - left - right)
    y = lambda size: height - bottom - (size - least) / (most - least) * (height - bottom - top)
    text = lambda px, py, words, more="": f'<text x="{px:.0f}" y="{py:.0f}" {more}>{words}</text>'
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">',
        f'<rect width="{width}" height="{height}" fill="white"/>',
        text(left, 20, "Time against size of an export, by codec and level, on two threads; sizes do not begin at 0", 'font-weight="bold"'),
        f'<path d="M{left} {top} V{height - bottom} H{width - right}" fill="none" stroke="black"/>',
        text((left + width - right) / 2, height - 12, "seconds", 'text-anchor="middle"'),
        text(16, top - 8, "MB"),
    ]
    for seconds in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100):
        if low <= math.log10(seconds) <= high:
            out.append(text(x(seconds), height - bottom + 16, f"{seconds:g}", 'text-anchor="middle"'))
            out.append(f'<path d="M{x(seconds):.0f} {top} V{height - bottom}" stroke="#ddd"/>')
    for size in range(int(least), int(most) + 1, int(step)):
        out.append(text(left - 6, y(size) + 4, f"{size / 1e6:g}", 'text-anchor="end"'))
        out.append(f'<path d="M{left} {y(size):.0f} H{width - right}" stroke="#ddd"/>')
    for (codec, program), line in lines.items():
        dash = "" if program == "wimsmith" else 'stroke-dasharray="5 4"'
        path = " ".join(f"{x(seconds):.1f},{y(size):.1f}" for _, seconds, size in line)
        out.append(f'<polyline points="{path}" fill="none" stroke="{COLOURS[codec]}" stroke-width="2" {dash}/>')
        for level, seconds, size in line:
            fill = COLOURS[codec] if program == "wimsmith" else "white"
            out.append(f'<circle cx="{x(seconds):.1f}" cy="{y(size):.1f}" r="4" fill="{fill}" stroke="{COLOURS[codec]}"/>')
            above = -8 if program == "wimsmith" else 16
            out.append(text(x(seconds), y(size) + above, level, f'text-anchor="middle" font-size="10" fill="{COLOURS[codec]}"'))
    for number, (codec, colour) in enumerate(COLOURS.items()):
        out.append(text(width - right + 14, top + 20 + 18 * number, codec, f'fill="{colour}"'))
    out.append(text(width - right + 14, top + 84, "full: wimsmith"))
    out.append(text(width - right + 14, top + 102, "hollow: wimlib"))
    return "\n".join([*out, "</svg>", ""])


def write(folder, results, size, date):
    runs = max(len(figures["ours"]["wall"]) for figures in results)
    text = [
        "# Side by side",
        "",
        f"`bench/compare.py SOURCE.wim`, on {date}: the two programs in turn, medians of up to {runs} runs, output in memory, warm cache.",
        "A ratio above 1 means that wimsmith is faster. Its exports check every byte that they deliver, and every chunk of LZX and",
        "LZMS that they encode, unless the job is called unchecked; the peers' exports check neither.",
        "Memory is that of the largest process; less than 15 MiB cannot be told apart.",
        "",
        *machine(),
        f"- source: {size:,} bytes",
        "",
        HEAD,
        *[row(figures) for figures in results],
        "",
    ]
    picture = plot(results)
    if picture:
        text += ["![Time against size](RESULTS.svg)", ""]
        with open(os.path.join(folder, "RESULTS.svg"), "w") as file:
            file.write(picture)
    with open(os.path.join(folder, "RESULTS.md"), "w") as file:
        file.write("\n".join(text))
