"""Tools that tell the host what they do."""

import asyncio
import os
import sys
import types
import urllib.request

from snakepit import ctx

thread_safe = True


# snippet: traceparent
def fetch(url: str) -> str:
    """Fetches a page. The service behind it continues the trace."""
    headers = {"traceparent": ctx.traceparent} if ctx.traceparent else {}
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as page:
        return page.read().decode()
# end snippet


# snippet: telemetry
def summarise(texts: list) -> int:
    """Counts the words of all texts."""
    total = 0
    with ctx.telemetry.span("app.summarise", texts=len(texts)) as span:
        for text in texts:
            words = len(text.split())
            ctx.telemetry.counter("app.texts", language="en")
            ctx.telemetry.histogram("app.words", words)
            if words == 0:
                ctx.telemetry.event("app.empty_text")
            total += words
        span.set(words=total)
    return total
# end snippet


def trace():
    return ctx.traceparent


async def trace_later():
    await asyncio.sleep(0)
    return ctx.traceparent


def trace_of_items(items):
    """Reads a stream of the host."""
    return [ctx.traceparent, *items]


def ask(own_span=None):
    """Calls a host tool, in a span of OpenTelemetry's API when there is one."""
    if own_span is not None:
        trace_id, span_id = (int(part, 16) for part in own_span.split("-"))
        span = types.SimpleNamespace(trace_id=trace_id, span_id=span_id, trace_flags=1, is_valid=True)
        module = types.ModuleType("opentelemetry.trace")
        module.get_current_span = lambda: types.SimpleNamespace(get_span_context=lambda: span)
        sys.modules["opentelemetry.trace"] = module
    try:
        return ctx.host.here()
    finally:
        sys.modules.pop("opentelemetry.trace", None)


def count(times, name="app.hits", **tags):
    for _ in range(times):
        ctx.telemetry.counter(name, **tags)


def count_keys(keys):
    for key in range(keys):
        ctx.telemetry.counter("app.by_key", key=str(key))


def burn(rounds):
    return sum(i * i for i in range(rounds))


def die():
    os.kill(os.getpid(), 9)


def add(a, b):
    return a + b
