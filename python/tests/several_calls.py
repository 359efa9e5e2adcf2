"""What tests of workers that run several calls at once have in common."""

import json

from snakepit import _protocol as protocol


STOP_AND_CLOSE = '''
def _stop_and_close(loop):
    def close(frame, event, _):
        if event == "return" and frame.f_code.co_name == "run_forever":
            sys.setprofile(None)
            loop.close()

    sys.setprofile(close)
    loop.stop()
'''  # of an adapter: stops the running loop, and closes it as soon as it has stopped


class SeveralCalls:
    """A mixin for test cases."""

    def send(self, host, calls):
        """Sends calls at once; returns their replies by number."""
        first = host.seq + 1
        host.write(b"".join(host.call_frame(tool, arguments) for tool, arguments in calls))
        replies = sorted((host.read() for _ in calls), key=lambda reply: reply.seq)
        self.assertEqual([reply.seq for reply in replies], list(range(first, host.seq + 1)))
        return replies

    def assert_session_is_shared_and_ended(self, host):
        """Needs the tool ``remember``, and a hook that tells the end."""
        extras = {"session": {"number": 7, "id": "chat"}}
        for expected in ([1], [1, 2]):
            body = json.dumps(["remember", [len(expected)], None, extras]).encode()
            self.assertEqual(host.result("remember", body=body), expected)
        host.send_control(protocol.SESSION_END, call=7, seq=host.seq)
        self.assertEqual(host.read_control().value["message"], "ended chat")
