"""The tool add(a, b) behind a gRPC server, set up as its documentation shows.

The server runs on <address>, for the service in <descriptor>, until its input ends. It was measured with 1, 10 and 64
threads and with asyncio, over TCP and over a Unix socket. This setup was the fastest, or not slower than the fastest.
"""
import base64
import sys
from concurrent.futures import ThreadPoolExecutor

try:
    import grpc
    from google.protobuf import descriptor_pool, message_factory
except ImportError as error:
    print(f"{error}; install it with: apt-get install python3-grpcio", flush=True)
    sys.exit(1)

THREADS = 10


def main(address, descriptor):
    """Serves the service of a descriptor. The host's code is generated from it too, so no generated file is needed."""
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(base64.b64decode(descriptor))
    # GetMessageClass came with protobuf 4.22, and GetPrototype went with protobuf 5.
    message = getattr(message_factory, "GetMessageClass", None) or message_factory.MessageFactory(pool).GetPrototype
    request = message(pool.FindMessageTypeByName("snakepit.bench.AddRequest"))
    reply = message(pool.FindMessageTypeByName("snakepit.bench.AddReply"))

    def add(asked, _context):
        return reply(sum=asked.a + asked.b)

    method = grpc.unary_unary_rpc_method_handler(add, request.FromString, reply.SerializeToString)
    server = grpc.server(ThreadPoolExecutor(THREADS))
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("snakepit.bench.Adder", {"Add": method}),))
    server.add_insecure_port(address)
    server.start()
    print("ready", flush=True)
    sys.stdin.read()
    server.stop(None).wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
