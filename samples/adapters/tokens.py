"""Tokens that a conversation spends, counted by both sides."""

from snakepit import SessionDataConflict, ctx


# snippet: data
def spend(tokens: int) -> int:
    """Counts tokens that both sides spend. Returns their number."""
    while True:
        spent, version = ctx.session.data.read("tokens")  # None and 0 when there is none
        try:
            ctx.session.data.set("tokens", (spent or 0) + tokens, version)
            return (spent or 0) + tokens
        except SessionDataConflict:
            pass  # the host has written it meanwhile
# end snippet
