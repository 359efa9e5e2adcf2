#!/usr/bin/env python3
"""Draws docs/images/rooms.svg: the folders of src/Snakepit and which of them use which, read from the sources.

With --check, fails when the picture is stale. Fails as well when two folders use each other.

ArrowTests compares the arrows with those of the compiled assembly.
"""
import collections
import pathlib
import re
import sys
from xml.sax.saxutils import escape

ROOT = pathlib.Path(__file__).resolve().parent.parent
SOURCES = "src/Snakepit"
PICTURE = "docs/images/rooms.svg"
VOCABULARY = "."

# What every folder is for. The picture shows it.
PURPOSES = {
    VOCABULARY: "the vocabulary: options, records, events, exceptions; uses no room, and any room may use it",
    "Hosting": "AddSnakepit, health check",
    "Runtime": "puts all together",
    "Doctor": "examines machine and pools",
    "Configuration": "the table of options",
    "Resilience": "retry and breaker",
    "Pools": "the shell: acts",
    "Pools/Kernel": "decides, without I/O",
    "Calls": "keys, sinks, callers",
    "Workers": "one live process",
    "Lifecycle": "memory, adapter files",
    "Python": "finds the interpreter",
    "Processes": "start, watch, kill",
    "Processes/Interop/Linux": "system calls",
    "Processes/Interop/Windows": "job objects",
    "Frames": "the protocol",
    "Values": "the json codec",
    "Values/Marshal": "the marshal codec",
    "Streams": "items and credit",
    "Tools": "calls of host tools",
    "Telemetry": "log, meter, spans",
    "Threads": "queue, timers",
}

COMMENT = re.compile(r"//.*$", re.MULTILINE)
RAW_STRING = re.compile(r'[$@]*"""[\s\S]*?"""')
STRING = re.compile(r'([$@]*)"(?:\\.|[^"\\\n])*"')
HOLE = re.compile(r"\{([^{}]*)\}")
NAMESPACE = re.compile(r"^namespace ([\w.]+);", re.MULTILINE)
USING = re.compile(r"^using ([\w.]+);", re.MULTILINE)
GLOBAL_USING = re.compile(r'<Using Include="([\w.]+)"')
TYPE = re.compile(
    r"^(?:(?:public|internal|sealed|abstract|static|readonly|ref|partial|unsafe|file) )*"
    r"(?:class|struct|interface|enum|record(?: struct| class)?|delegate \S+) (\w+<?)", re.MULTILINE)
EXTENSION = re.compile(r"\b(\w+)(?:<[^>(]*>)?\(\s*this ")
# A name that the file gives to one of its own members is no type of another folder: `int Calls`, `Calls,` of an enum.
MEMBER = re.compile(
    r"(?<=[\w>\])?] )([A-Z]\w*)(?= ?(?:\{|=|;|\(|,|\)))|^ {4,}([A-Z]\w*)(?: = [^;{}()]+)?,$", re.MULTILINE)
NO_TYPE = re.compile(r"\b(?:new|return|is|as|not|and|or|case|throw|in|await|yield|else|when|select|from|where|out) $")
WORD = re.compile(r"(?<![\w.])[A-Z]\w*<?")
MEMBER_ACCESS = re.compile(r"\.(\w+)")


class Source:
    """One file: where it stands, and the words that may be types of others."""

    def __init__(self, folder, text):
        self.folder = folder
        code = STRING.sub(without_text, RAW_STRING.sub(without_text, COMMENT.sub("", text)))
        found = NAMESPACE.search(code)
        parts = found.group(1).split(".") if found else []
        self.namespace = ".".join(parts)
        self.visible = {".".join(parts[:i]) for i in range(1, len(parts) + 1)} | set(USING.findall(code))
        self.types = TYPE.findall(code)
        self.extensions = EXTENSION.findall(code)
        own = {
            match.group(1) or match.group(2) for match in MEMBER.finditer(code)
            if not NO_TYPE.search(code[max(0, match.start() - 8):match.start()])
        }
        self.words = set(WORD.findall(code)) - own
        self.accesses = set(MEMBER_ACCESS.findall(code))


def without_text(match):
    """Leaves the code in the holes of an interpolated string."""
    return " " + " ".join(HOLE.findall(match.group(0))) if "$" in match.group(0)[:4] else '""'


def read(root):
    project = root / SOURCES
    return [
        Source(path.parent.relative_to(project).as_posix(), path.read_text(encoding="utf-8"))
        for path in sorted(project.rglob("*.cs")) if not {"bin", "obj"} & set(path.relative_to(project).parts)
    ]


def find_arrows(sources, everywhere=()):
    """Returns the pairs of folders of which the first uses the second. All files see the namespaces in everywhere."""
    types, extensions = (collections.defaultdict(lambda: collections.defaultdict(set)) for _ in range(2))
    for source in sources:
        for name in source.types:
            types[name][source.namespace].add(source.folder)
        for name in source.extensions:
            extensions[name][source.namespace].add(source.folder)
    arrows = set()
    for source in sources:
        visible = source.visible | set(everywhere)
        for words, declared in ((source.words, types), (source.accesses, extensions)):
            for word in words & declared.keys():
                seen = [folders for namespace, folders in declared[word].items() if namespace in visible]
                if not any(source.folder in folders for folders in seen):
                    arrows |= {(source.folder, folder) for folders in seen for folder in folders}
    return arrows


def room_below(parent, folder):
    """Returns the child of parent that holds the folder; the parent's own files are a room beside its children."""
    if parent == VOCABULARY:
        return folder.split("/")[0]
    return parent if folder == parent else "/".join(folder.split("/")[:parent.count("/") + 2])


def reach(edges, start):
    seen, left = set(), [start]
    while left:
        for target in edges.get(left.pop(), ()):
            if target not in seen:
                seen.add(target)
                left.append(target)
    return seen


def find_circles(arrows):
    """Returns the pairs that close a circle, at any level of folders."""
    parents = {VOCABULARY}
    for folder in {folder for arrow in arrows for folder in arrow}:
        parents |= {folder.rsplit("/", up)[0] for up in range(folder.count("/") + 1)}
    circles = set()
    for parent in parents:
        edges = collections.defaultdict(set)
        for source, target in arrows:
            if is_in(parent, source) and is_in(parent, target):
                source, target = room_below(parent, source), room_below(parent, target)
                if source != target:
                    edges[source].add(target)
        circles |= {
            (source, target) for source in edges for target in edges[source] if source in reach(edges, target)
        }
    return circles


def is_in(parent, folder):
    return parent in (VOCABULARY, folder) or folder.startswith(parent + "/")


# The picture

BOX_WIDTH, BOX_HEIGHT, GAP, ROW = 170, 54, 22, 118
STYLE = (
    "text { font: 12px sans-serif; fill: #333 } .name { font-weight: bold; font-size: 14px } "
    "rect { fill: #f4f7fb; stroke: #2f5aa8 } path { fill: none; stroke: #2f5aa8; stroke-width: 1.6 } "
    ".more { stroke: #c3cede; stroke-width: 1 } marker path { fill: #2f5aa8; stroke: none }"
)


def rows_of(rooms, edges):
    """Returns the rooms in rows: every arrow goes down.

    A room that uses others stands right above them, any other right below its users.
    """
    depth = {}

    def depth_of(room):
        if room not in depth:
            depth[room] = 1 + max((depth_of(user) for user in rooms if room in edges.get(user, ())), default=-1)
        return depth[room]

    for room in sorted(rooms, key=depth_of, reverse=True):
        if edges.get(room):
            depth[room] = min(depth[target] for target in edges[room]) - 1
    rows = collections.defaultdict(list)
    for room in sorted(rooms):
        rows[depth_of(room)].append(room)
    rows = [rows[i] for i in sorted(rows)]
    place = {room: i - (len(row) - 1) / 2 for row in rows for i, room in enumerate(row)}
    near = collections.defaultdict(list)
    for source in edges:
        for target in edges[source]:
            near[source].append(target)
            near[target].append(source)
    for _ in range(12):
        for row in rows:
            row.sort(key=lambda room: (sum(place[other] for other in near[room]) / max(1, len(near[room])), room))
            place.update({room: i - (len(row) - 1) / 2 for i, room in enumerate(row)})
    return rows


def draw(arrows, folders):
    """Returns the picture as SVG. Arrows that others imply are pale."""
    edges = collections.defaultdict(set)
    for source, target in arrows:
        if VOCABULARY not in (source, target):
            edges[source].add(target)
    rows = rows_of([folder for folder in folders if folder != VOCABULARY], edges)
    width = max(len(row) for row in rows) * (BOX_WIDTH + GAP) + GAP
    height = len(rows) * ROW + BOX_HEIGHT + GAP
    box = {}
    for y, row in enumerate(rows):
        left = (width - len(row) * (BOX_WIDTH + GAP) + GAP) / 2
        box.update({room: (left + i * (BOX_WIDTH + GAP), GAP + y * ROW) for i, room in enumerate(row)})

    def port(room, others, other):
        """Spreads the arrows of a room over the width of its box."""
        order = sorted(others, key=lambda each: box[each])
        return box[room][0] + BOX_WIDTH * (order.index(other) + 1) / (len(order) + 1)

    users = collections.defaultdict(set)
    for source in edges:
        for target in edges[source]:
            users[target].add(source)
    paths = {False: [], True: []}
    for source in sorted(edges):
        for target in sorted(edges[source]):
            implied = any(target in reach(edges, other) for other in edges[source] - {target})
            x1, y1 = port(source, edges[source], target), box[source][1] + BOX_HEIGHT
            x2, y2 = port(target, users[target], source), box[target][1]
            bend = min(60, (y2 - y1) / 2)
            paths[implied].append(
                f'<path class="{"more" if implied else "arrow"}" marker-end="url(#tip)" '
                f'd="M{x1:.0f},{y1:.0f} C{x1:.0f},{y1 + bend:.0f} {x2:.0f},{y2 - bend:.0f} {x2:.0f},{y2 - 1:.0f}">'
                f"<title>{source} uses {target}</title></path>")
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">',
        f"<style>{STYLE}</style>",
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="5" markerHeight="5" orient="auto">'
        '<path d="M0,0 L8,4 L0,8 z"/></marker></defs>',
        '<rect width="100%" height="100%" style="fill: #fff; stroke: none"/>', *paths[True], *paths[False],
    ]
    for room, (x, y) in box.items():
        lines += [
            f'<rect x="{x:.0f}" y="{y}" width="{BOX_WIDTH}" height="{BOX_HEIGHT}" rx="4"/>',
            label(x + BOX_WIDTH / 2, y + 22, "/".join(room.split("/")[-2:]), "name"),
            label(x + BOX_WIDTH / 2, y + 41, PURPOSES[room], "what"),
        ]
    y = height - BOX_HEIGHT - GAP // 2
    lines += [
        f'<rect x="{GAP}" y="{y}" width="{width - 2 * GAP}" height="{BOX_HEIGHT}" rx="4"/>',
        label(width / 2, y + 22, "Snakepit", "name"), label(width / 2, y + 41, PURPOSES[VOCABULARY], "what"), "</svg>",
    ]
    return "\n".join(lines) + "\n"


def label(x, y, text, kind):
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="middle" class="{kind}">{escape(text)}</text>'


def main(root, check):
    sources = read(root)
    folders = {source.folder for source in sources}
    project = (root / SOURCES / "Snakepit.csproj").read_text(encoding="utf-8")
    arrows = find_arrows(sources, GLOBAL_USING.findall(project))
    circles = sorted(find_circles(arrows))
    problems = [f"{source} uses {target}, which uses {source} in turn" for source, target in circles]
    problems += [
        f"{VOCABULARY} is the vocabulary and may not use {target}"
        for source, target in sorted(arrows) if source == VOCABULARY
    ]
    problems += [f"say in eng/rooms.py what the folder {folder} is for" for folder in sorted(folders - set(PURPOSES))]
    if problems:
        print("\n".join(problems))
        return 1
    picture, drawn = root / PICTURE, draw(arrows, folders)
    if picture.exists() and picture.read_text(encoding="utf-8") == drawn:
        return 0
    if check:
        print(f"{PICTURE} is stale; run eng/rooms.py")
        return 1
    picture.write_text(drawn, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(ROOT, "--check" in sys.argv))
