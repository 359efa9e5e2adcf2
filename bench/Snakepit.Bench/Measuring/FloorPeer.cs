using System.Diagnostics;
using Snakepit.Processes.Interop.Linux;

namespace Snakepit.Bench.Measuring;

/// <summary>
/// The floor: 100 bytes there and back over two pipes, blocking reads and writes on both sides and nothing else, on one core. No call between .NET and a
/// Python process can be faster on this machine at this moment, so everything is compared with it.
/// </summary>
internal sealed class FloorPeer : IDisposable
{
    private const int MessageSize = 100;
    private readonly byte[] _message = new byte[MessageSize];
    private readonly byte[] _reply = new byte[MessageSize];
    private readonly Descriptor _write;
    private readonly Descriptor _read;
    private readonly Process _process;

    public FloorPeer(string python)
    {
        (Descriptor theirRead, _write) = Descriptor.CreatePipe();
        (_read, Descriptor theirWrite) = Descriptor.CreatePipe();
        using (theirRead)
        using (theirWrite)
        {
            // The peer opens the pipes by name: Process passes no descriptors on.
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

    /// <summary>Fills the samples with round trips in timestamp units.</summary>
    public void Measure(Span<long> samples)
    {
        using var core = new SharedCore(_process.Id);
        foreach (ref long sample in samples)
        {
            long begun = Stopwatch.GetTimestamp();
            if (_write.Write(_message) != MessageSize || _read.Read(_reply) != MessageSize)
            {
                throw new InvalidRunException("The floor's peer has gone.");
            }
            sample = Stopwatch.GetTimestamp() - begun;
        }
    }

    public void Dispose()
    {
        _write.Dispose(); // the end of its input ends the peer
        _process.WaitForExit();
        _process.Dispose();
        _read.Dispose();
    }
}
