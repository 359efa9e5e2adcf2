"""What a worker does with threads as without: the tests of calls, errors and sessions of the process profile, with a
worker that has a thread for calls.

Left out is what tests the process profile itself, or what both have in common. The handshake, the channels and the
loading of adapters come before the threads. A signal handler of the user's runs on the main thread, where calls run in
the process profile only (test_interrupts; test_threads has its own). Coroutines have a loop of their own kind
(test_tasks). A fork warns of the worker's other threads, as Python means it to. Codecs know no worker (test_values).
"""

import unittest

from tests import test_session, test_worker
from tests.host import ThreadHost


class CallTests(test_worker.CallTests):
    host = ThreadHost


class HostileToolTests(test_worker.HostileToolTests):
    host = ThreadHost

    # These set signal handlers, which Python lets the main thread do only.
    test_tool_that_wrecks_its_process_gets_its_reply_out = None
    test_handlers_that_a_tool_leaves_behind_do_no_harm = None

    test_fifty_megabytes_printed_arrive = None  # takes a second, and nothing of it is a thread's


class EndTests(test_worker.EndTests):
    host = ThreadHost


class ContextTests(test_worker.ContextTests):
    host = ThreadHost


class DescriptionTests(test_worker.DescriptionTests):
    host = ThreadHost

    # At its end, Python may end threads by pthread_exit(), which aborts without a library that the new root lacks.
    test_tool_that_changes_root_and_user_leaves_a_worker_that_tells_errors = None


class MisfitTests(test_worker.MisfitTests):
    host = ThreadHost


class MessageTests(test_worker.MessageTests):
    host = ThreadHost


class LoggingTests(test_worker.LoggingTests):
    host = ThreadHost


class SessionTests(test_session.SessionTests):
    host = ThreadHost
    hosts = ThreadHost,
    many = 1_000
    on_main_thread = False

    # These are about how the main thread waits for calls and for ends at once.
    test_without_a_way_to_wait_for_two_pipes_the_end_comes_before_the_next_call_of_a_session = None
    test_a_closed_descriptor_costs_only_the_promptness = None


if __name__ == "__main__":
    unittest.main()
