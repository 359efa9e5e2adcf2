"""What is known of libraries and threads. Told when a worker with threads starts, of those that its adapter imports."""

from ._builtins import __builtins__  # noqa: F401


SAFE = "safe"  # documented so, and not told
WITH_CARE = "with care"
UNSAFE = "unsafe"  # common uses of it fail with threads


class Library:
    """What is known of one library."""

    __slots__ = ("verdict", "hazard", "remedy", "source", "since")

    def __init__(self, verdict: str, hazard: str, remedy: str, source: str, since: "tuple | None" = None) -> None:
        """since: the version since which the verdict holds; older ones are unsafe. None: it holds for all."""
        self.verdict = verdict
        self.hazard = hazard
        self.remedy = remedy
        self.source = source
        self.since = since


KNOWN = {
    "PIL": Library(
        WITH_CARE,
        "an image must not be changed while another thread uses it, nor loaded by two",
        "give each call images of its own, or load() shared ones in setup()",
        "https://pillow.readthedocs.io/en/latest/handbook/thread-safety.html"),
    "boto3": Library(
        UNSAFE,
        "clients are safe with threads; sessions and resources are not, and boto3.client() uses a session",
        "create the clients in setup(), and have tools share them",
        "https://boto3.amazonaws.com/v1/documentation/api/latest/guide/session.html"),
    "duckdb": Library(
        UNSAFE,
        "a connection must not be used by two threads at once",
        "cursors = thread_local(connection.cursor)",
        "https://duckdb.org/docs/stable/guides/python/multiple_threads.html"),
    "h5py": Library(
        WITH_CARE,
        "its calls run one at a time, under a lock of its own",
        "expect no gain from threads, or set Profile to Process",
        "https://docs.h5py.org/en/stable/threads.html",
        (2, 4)),  # https://docs.h5py.org/en/stable/whatsnew/2.4.html
    "httpx": Library(
        SAFE,
        "threads may share a Client",
        "create it in setup()",
        "https://github.com/encode/httpx/pull/2380"),
    "logging": Library(
        SAFE,
        "it locks what threads share",
        "nothing",
        "https://docs.python.org/3/library/logging.html#thread-safety"),
    "matplotlib": Library(
        UNSAFE,
        "it is not safe with threads, and pyplot has one current figure for the whole process",
        "mark tools that draw with @thread_unsafe",
        "https://matplotlib.org/3.3.2/faq/howto_faq.html#working-with-threads"),
    "numpy": Library(
        WITH_CARE,
        "an array must not be changed while another thread uses it",
        "give each call arrays of its own, or only read shared ones",
        "https://numpy.org/doc/stable/reference/thread_safety.html"),
    "onnxruntime": Library(
        WITH_CARE,
        "InferenceSession.run() is safe with threads, and each session has threads of its own",
        "have all tools share one session, and set its intra_op_num_threads",
        "https://github.com/microsoft/onnxruntime/pull/19301"),
    "pandas": Library(
        UNSAFE,
        "a DataFrame must not be changed, nor copied, while another thread uses it",
        "give each call frames of its own, or guard shared ones with a lock",
        "https://pandas.pydata.org/docs/user_guide/gotchas.html#thread-safety"),
    "psycopg": Library(
        UNSAFE,
        "threads may share a connection and then share its transaction; a cursor belongs to one thread",
        "connections = thread_local(lambda: psycopg.connect(...)), or psycopg_pool",
        "https://www.psycopg.org/psycopg3/docs/advanced/async.html"),
    "pymongo": Library(
        WITH_CARE,
        "a MongoClient is safe with threads, but not in a process that was forked after it was created",
        "create it in setup(), which runs after the fork",
        "https://pymongo.readthedocs.io/en/stable/faq.html"),
    "redis": Library(
        WITH_CARE,
        "a client is safe with threads; objects of PubSub and Pipeline are not",
        "share the client, and create pipelines in each call",
        "https://redis.readthedocs.io/en/stable/advanced_features.html"),
    "requests": Library(
        UNSAFE,
        "nothing says that threads may share a Session",
        "sessions = thread_local(requests.Session)",
        "https://github.com/psf/requests/issues/2766"),
    "scipy": Library(
        WITH_CARE,
        "an array must not be changed while another thread uses it, nor an object with state",
        "give each call arrays and objects of its own",
        "https://docs.scipy.org/doc/scipy/tutorial/thread_safety.html"),
    "sklearn": Library(
        WITH_CARE,
        "nothing says that an estimator may be fitted while another thread uses it; many start threads of their own",
        "fit in setup() and only predict in tools, with n_jobs=1",
        "https://scikit-learn.org/stable/computing/parallelism.html"),
    "sqlalchemy": Library(
        UNSAFE,
        "a Session belongs to one thread, an AsyncSession to one task",
        "create one in each call, or scoped_session()",
        "https://docs.sqlalchemy.org/en/20/orm/session_basics.html"),
    "sqlite3": Library(
        UNSAFE,
        "a connection can only be used in the thread that has opened it",
        "connections = thread_local(lambda: sqlite3.connect(...))",
        "https://docs.python.org/3/library/sqlite3.html#sqlite3.connect"),
    "tokenizers": Library(
        UNSAFE,
        "a fast tokenizer that two threads use at once raises 'Already borrowed'",
        "one for each thread with thread_local(), or @thread_unsafe",
        "https://github.com/huggingface/tokenizers/issues/537"),
    "torch": Library(
        WITH_CARE,
        "no_grad() and inference_mode() hold for the thread that enters them; backward() of several threads adds up in "
        "the same gradients",
        "enter inference_mode() in each tool, and mark tools that train with @thread_unsafe",
        "https://docs.pytorch.org/docs/stable/notes/autograd.html#multithreaded-autograd"),
    "urllib3": Library(
        SAFE,
        "threads may share a PoolManager",
        "create it in setup()",
        "https://pypi.org/project/urllib3"),
    "xgboost": Library(
        WITH_CARE,
        "tree models predict on several threads at once; training or set_params() must not go on meanwhile",
        "train and set parameters in setup(), and only predict in tools",
        "https://xgboost.readthedocs.io/en/stable/prediction.html#thread-safety",
        (1, 4)),
    "zstandard": Library(
        UNSAFE,
        "a ZstdCompressor must not be used by two threads at once",
        "compressor = thread_local(zstandard.ZstdCompressor)",
        "https://python-zstandard.readthedocs.io/en/latest/compressor.html"),
}


def verdict_of(name: str, module) -> str:
    """Returns the verdict on a library in the version that was imported."""
    return UNSAFE if _is_older(KNOWN[name], module) else KNOWN[name].verdict


def describe(modules: dict) -> str:
    """Returns a line for each of these modules, which are known. modules: by name."""
    return "\n".join(f"{name}: {hazard}; {remedy} ({source})" for name, hazard, remedy, source in _tell(modules))


def known_of(modules: dict) -> "list[list[str]]":
    """Returns name, hazard, remedy and source of each of these modules that is not known to be safe. modules: by name,
    as in sys.modules."""
    return [*_tell(hazards_among(modules))]


def hazards_among(modules: dict) -> dict:
    """Returns those of these modules that are known, but not to be safe."""
    return {name: modules[name] for name in KNOWN if name in modules and verdict_of(name, modules[name]) != SAFE}


def _tell(modules: dict):
    for name, module in modules.items():
        known = KNOWN[name]
        if _is_older(known, module):
            since = ".".join(map(str, known.since))
            yield [name, f"it is not known to be safe with threads before version {since}", "update it", known.source]
        else:
            yield [name, known.hazard, known.remedy, known.source]


def _is_older(known: Library, module) -> bool:
    """Returns whether a module says that it is older than the verdict."""
    if known.since is None:
        return False
    try:
        parts = module.__version__.split(".")[:len(known.since)]
        return tuple(map(int, parts)) < known.since
    except Exception:  # it does not tell its version, or not in numbers
        return False
