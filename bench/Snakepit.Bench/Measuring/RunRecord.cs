using System.Runtime.InteropServices;

namespace Snakepit.Bench.Measuring;

/// <summary>The file in which the runs of the tool of record_tools.py record the numbers of their calls.</summary>
internal sealed class RunRecord : IDisposable
{
    private const int ChunkSize = 1 << 20; // a multiple of a number's size
    private readonly string _path = Path.GetTempFileName();

    /// <summary>Lets the tools of a pool find the file.</summary>
    public void Configure(PoolOptions pool)
    {
        pool.Adapter = BenchFiles.RecordTools;
        pool.Python.Variables["SNAKEPIT_BENCH_RECORD"] = _path;
    }

    /// <summary>Returns how often each call ran, by number.</summary>
    public int[] CountRuns(int calls)
    {
        int[] runs = new int[calls];
        byte[] chunk = new byte[ChunkSize];
        using FileStream file = File.OpenRead(_path);
        for (int length = chunk.Length; length == chunk.Length;)
        {
            length = file.ReadAtLeast(chunk, chunk.Length, throwOnEndOfStream: false);
            foreach (int number in MemoryMarshal.Cast<byte, int>(chunk.AsSpan(0, length)))
            {
                runs[number]++;
            }
        }
        return runs;
    }

    public void Dispose() => File.Delete(_path);
}
