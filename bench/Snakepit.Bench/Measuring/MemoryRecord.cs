using System.Runtime.InteropServices;

namespace Snakepit.Bench.Measuring;

/// <summary>The file in which the tools of memory_tools.py record how much memory they have, and when they crossed a limit.</summary>
internal sealed class MemoryRecord : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    /// <summary>Lets the tools of a pool find the file.</summary>
    public void Configure(PoolOptions pool)
    {
        pool.Adapter = BenchFiles.MemoryTools;
        pool.Python.Variables["SNAKEPIT_BENCH_RECORD"] = _path;
    }

    /// <summary>Reads the last number of private bytes and the timestamp of the crossing, which is 0 before the crossing.</summary>
    public (long Bytes, long CrossedAt) Read() =>
        MemoryMarshal.Cast<byte, long>(File.ReadAllBytes(_path)) is [var bytes, var crossedAt] ? (bytes, crossedAt) : default;

    public void Clear() => File.WriteAllBytes(_path, new byte[2 * sizeof(long)]);

    public void Dispose() => File.Delete(_path);
}
