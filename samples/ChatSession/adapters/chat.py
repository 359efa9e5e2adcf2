"""A conversation. What was said is data of its session, in the host, and outlives every worker. What a worker makes of
it is the state of the session: it spares the worker to read everything again."""

from snakepit import ctx


# snippet: say
def say(text: str) -> str:
    """Answers one message of a conversation."""
    state, data = ctx.session.state, ctx.session.data
    said = data.get("said", [])
    known = state.get("words")
    if known is None:  # this worker does not know the conversation yet
        known = state["words"] = set(words_of(said))
    new = [word for word in words_of([text]) if word not in known]
    known.update(new)
    data.set("said", [*said, text])
    return f"{data.get('name')}, your message {len(said) + 1} has new words: {', '.join(new)}."
# end snippet


def words_of(texts: list) -> list:
    """Returns the words of all texts."""
    return [word.strip(".,!?").lower() for text in texts for word in text.split()]
