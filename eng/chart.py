"""Draws a result's curves as a picture, with the standard library alone.

eng/performance.py draws a picture for every result that has curves.
"""
import math
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 760, 360
LEFT, RIGHT, TOP, BOTTOM = 64, 16, 40, 48
COLOURS = ("#b3261e", "#1b6e53", "#2f5aa8", "#7a5a00")
TICKS = 6
STYLE = "text { font: 12px sans-serif; fill: #333 } line { stroke: #ddd } polyline { fill: none; stroke-width: 2 }"


def points_of(curve):
    """Parses the points of a curve, "x,y x,y …"."""
    return [tuple(map(float, point.split(","))) for point in curve["points"].split()]


def ticks(most):
    """Returns about TICKS round numbers from 0 to at least the maximum."""
    rough = most / TICKS or 1
    power = 10 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)
    return [step * i for i in range(math.ceil(most / step) + 1)]


def text(x, y, what, anchor="middle", more=""):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{more}>{escape(what)}</text>'


def draw(chart):
    """Returns the picture of a chart as SVG."""
    curves = [points_of(curve) for curve in chart["curves"]]
    xs, ys = (ticks(max(point[axis] for curve in curves for point in curve)) for axis in (0, 1))
    bottom, right = HEIGHT - BOTTOM, WIDTH - RIGHT

    def place(x, y):
        return LEFT + x / xs[-1] * (right - LEFT), bottom - y / ys[-1] * (bottom - TOP)

    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}">',
        f"<style>{STYLE}</style>", '<rect width="100%" height="100%" fill="#fff"/>',
    ]
    for tick in ys:
        _, y = place(0, tick)
        lines += [
            f'<line x1="{LEFT}" y1="{y:.1f}" x2="{right}" y2="{y:.1f}"/>',
            text(LEFT - 8, y + 4, f"{tick:,g}", "end"),
        ]
    lines += [text(place(tick, 0)[0], bottom + 18, f"{tick:,g}") for tick in xs]
    lines += [
        text((LEFT + right) / 2, HEIGHT - 10, chart["x"]),
        text(16, (TOP + bottom) / 2, chart["y"], more=f' transform="rotate(-90 16 {(TOP + bottom) / 2:.1f})"'),
    ]
    for i, (curve, points) in enumerate(zip(chart["curves"], curves)):
        colour = COLOURS[i % len(COLOURS)]
        drawn = " ".join("{:.1f},{:.1f}".format(*place(*point)) for point in points)
        lines += [
            f'<polyline stroke="{colour}" points="{drawn}"/>',
            f'<rect x="{LEFT + 180 * i}" y="14" width="14" height="4" fill="{colour}"/>',
            text(LEFT + 20 + 180 * i, 20, curve["name"], "start"),
        ]
    return "\n".join([*lines, "</svg>"]) + "\n"
