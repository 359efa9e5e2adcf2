"""What is known of libraries and threads. Told when a worker with threads starts, of those that its adapter imports."""

from ._builtins import __builtins__  # noqa: F401


class Library:
    """What is known of one library."""

    __slots__ = ("is_unsafe", "hazard", "remedy", "source")

    def __init__(self, is_unsafe: bool, hazard: str, remedy: str, source: str) -> None:
        self.is_unsafe = is_unsafe  # whether common uses of it fail with threads
        self.hazard = hazard
        self.remedy = remedy
        self.source = source


KNOWN = {
    "boto3": Library(
        True,
        "clients are safe with threads; sessions and resources are not, and boto3.client() uses a session",
        "create the clients in setup(), and have tools share them",
        "https://boto3.amazonaws.com/v1/documentation/api/latest/guide/session.html"),
    "duckdb": Library(
        True,
        "a connection must not be used by two threads at once",
        "cursors = thread_local(connection.cursor)",
        "https://duckdb.org/docs/stable/guides/python/multiple_threads.html"),
    "h5py": Library(
        False,
        "its calls run one at a time, under a lock of its own",
        "expect no gain from threads, or set Profile to Process",
        "https://docs.h5py.org/en/stable/threads.html"),
    "matplotlib": Library(
        True,
        "it is not safe with threads, and pyplot has one current figure for the whole process",
        "mark tools that draw with @thread_unsafe",
        "https://matplotlib.org/3.3.2/faq/howto_faq.html#working-with-threads"),
    "numpy": Library(
        False,
        "an array must not be changed while another thread uses it",
        "give each call arrays of its own, or only read shared ones",
        "https://numpy.org/doc/stable/reference/thread_safety.html"),
    "onnxruntime": Library(
        False,
        "InferenceSession.run() is safe with threads, and each session has threads of its own",
        "have all tools share one session, and set its intra_op_num_threads",
        "https://github.com/microsoft/onnxruntime/pull/19301"),
    "pandas": Library(
        True,
        "a DataFrame must not be changed, nor copied, while another thread uses it",
        "give each call frames of its own, or guard shared ones with a lock",
        "https://pandas.pydata.org/docs/user_guide/gotchas.html#thread-safety"),
    "psycopg": Library(
        True,
        "threads may share a connection and then share its transaction; a cursor belongs to one thread",
        "connections = thread_local(lambda: psycopg.connect(...)), or psycopg_pool",
        "https://www.psycopg.org/psycopg3/docs/advanced/async.html"),
    "pymongo": Library(
        False,
        "a MongoClient is safe with threads, but not in a process that was forked after it was created",
        "create it in setup(), which runs after the fork",
        "https://pymongo.readthedocs.io/en/stable/faq.html"),
    "redis": Library(
        False,
        "a client is safe with threads; objects of PubSub and Pipeline are not",
        "share the client, and create pipelines in each call",
        "https://redis.readthedocs.io/en/stable/advanced_features.html"),
    "requests": Library(
        True,
        "nothing says that threads may share a Session",
        "sessions = thread_local(requests.Session)",
        "https://github.com/psf/requests/issues/2766"),
    "scipy": Library(
        False,
        "an array must not be changed while another thread uses it, nor an object with state",
        "give each call arrays and objects of its own",
        "https://docs.scipy.org/doc/scipy/tutorial/thread_safety.html"),
    "sklearn": Library(
        False,
        "nothing says that an estimator may be fitted while another thread uses it; many start threads of their own",
        "fit in setup() and only predict in tools, with n_jobs=1",
        "https://scikit-learn.org/stable/computing/parallelism.html"),
    "sqlalchemy": Library(
        True,
        "a Session belongs to one thread, an AsyncSession to one task",
        "create one in each call, or scoped_session()",
        "https://docs.sqlalchemy.org/en/20/orm/session_basics.html"),
    "sqlite3": Library(
        True,
        "a connection can only be used in the thread that has opened it",
        "connections = thread_local(lambda: sqlite3.connect(...))",
        "https://docs.python.org/3/library/sqlite3.html#sqlite3.connect"),
    "tokenizers": Library(
        True,
        "a fast tokenizer that two threads use at once raises 'Already borrowed'",
        "one for each thread with thread_local(), or @thread_unsafe",
        "https://github.com/huggingface/tokenizers/issues/537"),
    "torch": Library(
        False,
        "no_grad() and inference_mode() hold for the thread that enters them; backward() of several threads adds up in "
        "the same gradients",
        "enter inference_mode() in each tool, and mark tools that train with @thread_unsafe",
        "https://docs.pytorch.org/docs/stable/notes/autograd.html#multithreaded-autograd"),
}


def describe(names) -> str:
    """Returns a line for each of these libraries."""
    return "\n".join(f"{name}: {KNOWN[name].hazard}; {KNOWN[name].remedy} ({KNOWN[name].source})" for name in names)


def known_of(modules) -> "list[list[str]]":
    """Returns name, hazard, remedy and source of each of these modules of which something is known."""
    return [[name, known.hazard, known.remedy, known.source] for name, known in KNOWN.items() if name in modules]
