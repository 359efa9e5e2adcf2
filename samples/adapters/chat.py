"""A conversation: what was said so far stays in the worker of the session."""

from snakepit import ctx


# snippet: chat
def say(text: str) -> str:
    """Answers, and remembers what was said."""
    said = ctx.session.state.setdefault("said", [])
    said.append(text)
    return f"{ctx.session.metadata.get('user', 'You')} said {len(said)} things, the last one: {text}"

# end snippet


# snippet: move
def export_session(session):
    """Returns what another worker needs to go on with the conversation."""
    return session.state.get("said", [])


def import_session(session, said):
    """Goes on with the conversation of another worker."""
    session.state["said"] = said
# end snippet


# snippet: end
def on_session_end(session):
    """Runs when the session has ended: free what belongs to it."""
    ctx.log.info("the conversation %s is over after %d messages", session.id, len(session.state.get("said", [])))
# end snippet
