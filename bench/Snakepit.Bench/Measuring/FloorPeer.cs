using System.Diagnostics;
using Snakepit.Processes.Interop.Linux;

namespace Snakepit.Bench.Measuring;

/// <summary>
/// The floor: a few bytes (100 by default) there and back over two pipes, with blocking reads and writes on both sides and nothing else,
/// on one core. No call between .NET and a Python process can be faster on this machine at this moment, so everything is compared with
/// it. The placement of the two processes is up to the scheduler: on two cores a round trip wakes a halted core twice, which takes several
/// times as long.
/// </summary>
internal sealed class FloorPeer : IDisposable
{
    private const int DefaultSize = 100;
    private readonly byte[] _message;
    private readonly byte[] _reply;
    private readonly Descriptor _write;
    private readonly Descriptor _read;
    private readonly Process _process;

    /// <summary>Starts a peer for round trips of the given number of bytes, at most the 4,096 that a pipe writes atomically.</summary>
    public FloorPeer(string python, int size = DefaultSize)
    {
        _message = new byte[size];
        _reply = new byte[size];
        (Descriptor theirRead, _write) = Descriptor.CreatePipe();
        (_read, Descriptor theirWrite) = Descriptor.CreatePipe();
        using (theirRead)
        using (theirWrite)
        {
            // The peer opens the pipes by name, because Process passes no descriptors on.
            string descriptors = $"/proc/{Environment.ProcessId}/fd";
            _process = Process.Start(new ProcessStartInfo(python,
                ["-I", "-S", BenchFiles.Floor, $"{descriptors}/{theirRead.Number}", $"{descriptors}/{theirWrite.Number}"])
            {
                RedirectStandardOutput = true,
            })!;
            if (_process.StandardOutput.ReadLine() is null)
            {
                throw new InvalidRunException($"{python} did not open the pipes of the floor.");
            }
        }
    }

    /// <summary>Fills the samples with the times of round trips on one core, in timestamp units.</summary>
    public void MeasureOnOneCore(Span<long> samples)
    {
        using var core = new SharedCore(_process.Id);
        Measure(samples);
    }

    /// <summary>Fills the samples with the times of round trips, in timestamp units.</summary>
    public void Measure(Span<long> samples)
    {
        foreach (ref long sample in samples)
        {
            long begun = Stopwatch.GetTimestamp();
            if (_write.Write(_message) != _message.Length || _read.Read(_reply) != _reply.Length)
            {
                throw new InvalidRunException("The floor's peer has gone.");
            }
            sample = Stopwatch.GetTimestamp() - begun;
        }
    }

    public void Dispose()
    {
        _write.Dispose(); // the peer ends with its input
        _process.WaitForExit();
        _process.Dispose();
        _read.Dispose();
    }
}
