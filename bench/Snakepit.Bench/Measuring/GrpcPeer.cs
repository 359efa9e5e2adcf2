using System.Diagnostics;
using System.Net.Sockets;
using Grpc.Net.Client;
using Snakepit.Bench.Protos;

namespace Snakepit.Bench.Measuring;

/// <summary>
/// The same add(a, b) through gRPC: a grpcio server in one process of the system's Python, and .NET's client, over a Unix socket, which
/// is faster than TCP for both.
/// </summary>
internal sealed class GrpcPeer : IDisposable
{
    private readonly string _socket = Path.Combine(Path.GetTempPath(), $"snakepit-bench-{Environment.ProcessId}.sock");
    private readonly Process _process;
    private readonly GrpcChannel _channel;
    private readonly Adder.AdderClient _client;

    public GrpcPeer()
    {
        if (!File.Exists(Interpreter.System))
        {
            throw new UnavailableException(
                $"there is no {Interpreter.System} to run a gRPC server; install it with: apt-get install python3-grpcio");
        }
        string descriptor = AdderReflection.Descriptor.SerializedData.ToBase64();
        _process = Process.Start(new ProcessStartInfo(Interpreter.System, ["-I", BenchFiles.GrpcServer, $"unix:{_socket}", descriptor])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        if (_process.StandardOutput.ReadLine() is var said && said != "ready")
        {
            throw new UnavailableException($"{Interpreter.System} runs no gRPC server: {said}");
        }
        var handler = new SocketsHttpHandler { ConnectCallback = (_, cancellation) => ConnectAsync(cancellation) };
        _channel = GrpcChannel.ForAddress("http://localhost", new GrpcChannelOptions { HttpHandler = handler, DisposeHttpClient = true });
        _client = new Adder.AdderClient(_channel);
    }

    /// <summary>As <see cref="Addition.CallUntilAsync"/>.</summary>
    public async Task<long> CallUntilAsync(long end)
    {
        int a = 0;
        for (; Stopwatch.GetTimestamp() < end; a++)
        {
            Addition.Check(a, (await _client.AddAsync(new AddRequest { A = a, B = Addition.B })).Sum);
        }
        return a;
    }

    /// <summary>As <see cref="Addition.MeasureAsync"/>.</summary>
    public async Task MeasureAsync(long[] samples)
    {
        for (int a = 0; a < samples.Length; a++)
        {
            long begin = Stopwatch.GetTimestamp();
            AddReply reply = await _client.AddAsync(new AddRequest { A = a, B = Addition.B });
            samples[a] = Stopwatch.GetTimestamp() - begin;
            Addition.Check(a, reply.Sum);
        }
    }

    public void Dispose()
    {
        _channel.Dispose();
        _process.StandardInput.Close(); // the server ends with its input
        _process.WaitForExit();
        _process.Dispose();
        File.Delete(_socket);
    }

    private async ValueTask<Stream> ConnectAsync(CancellationToken cancellation)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(_socket), cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
