"""What is known of libraries and threads. Told when a worker with threads starts, of those that its adapter imports."""

from ._builtins import __builtins__  # noqa: F401

# By module: what is not safe, what to do instead, and the source.
KNOWN = {
    "h5py": (
        "its calls run one at a time, under a lock of its own",
        "expect no gain from threads, or set Profile to Process",
        "https://docs.h5py.org/en/stable/threads.html"),
    "matplotlib": (
        "it is not safe with threads, and pyplot has one current figure for the whole process",
        "mark tools that draw with @thread_unsafe",
        "https://matplotlib.org/3.3.2/faq/howto_faq.html#working-with-threads"),
    "numpy": (
        "an array must not be changed while another thread uses it",
        "give each call arrays of its own, or only read shared ones",
        "https://numpy.org/doc/stable/reference/thread_safety.html"),
    "pandas": (
        "a DataFrame must not be changed, nor copied, while another thread uses it",
        "give each call frames of its own, or guard shared ones with a lock",
        "https://pandas.pydata.org/docs/user_guide/gotchas.html#thread-safety"),
    "requests": (
        "nothing says that threads may share a Session",
        "sessions = thread_local(requests.Session)",
        "https://github.com/psf/requests/issues/2766"),
    "scipy": (
        "an array must not be changed while another thread uses it, nor an object with state",
        "give each call arrays and objects of its own",
        "https://docs.scipy.org/doc/scipy/tutorial/thread_safety.html"),
    "sqlalchemy": (
        "a Session belongs to one thread, an AsyncSession to one task",
        "create one in each call, or scoped_session()",
        "https://docs.sqlalchemy.org/en/20/orm/session_basics.html"),
    "sqlite3": (
        "a connection can only be used in the thread that has opened it",
        "connections = thread_local(lambda: sqlite3.connect(...))",
        "https://docs.python.org/3/library/sqlite3.html#sqlite3.connect"),
    "tokenizers": (
        "a fast tokenizer that two threads use at once raises 'Already borrowed'",
        "one for each thread with thread_local(), or @thread_unsafe",
        "https://github.com/huggingface/tokenizers/issues/537"),
}


def known_of(modules) -> "list[list[str]]":
    """Returns name, hazard, remedy and source of each of these modules of which something is known."""
    return [[name, *facts] for name, facts in KNOWN.items() if name in modules]


def describe_known(modules) -> "str | None":
    """Returns what is known of these modules; None when it is nothing."""
    lines = [f"{name}: {hazard}; {remedy} ({source})" for name, (hazard, remedy, source) in KNOWN.items()
             if name in modules]
    return "\n".join(lines) or None
