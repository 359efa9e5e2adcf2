# snippet: debugpy
import debugpy


def setup() -> None:
    debugpy.listen(("127.0.0.1", 5678))  # this port belongs to the pool's only worker
    debugpy.wait_for_client()  # the start waits for the editor, up to Boot.Timeout
# end snippet


def total(prices: list) -> int:
    return sum(prices)
