using System.Runtime.InteropServices;

namespace Snakepit.Bench.Measuring;

/// <summary>The file in which the runs of tools record the numbers of their calls.</summary>
/// <param name="variable">The environment variable by which the tools find the file.</param>
internal sealed class RunRecord(string variable = "SNAKEPIT_BENCH_RECORD") : IDisposable
{
    /// <summary>The variable of living_tools.py.</summary>
    public const string Living = "SNAKEPIT_BENCH_LIVING";

    private const int ChunkSize = 1 << 20; // a multiple of a number's size

    public string FilePath { get; } = Path.GetTempFileName();

    /// <summary>Lets the tools of a pool find the file.</summary>
    public void Configure(PoolOptions pool)
    {
        pool.Adapter = BenchFiles.RecordTools;
        pool.Python.Variables[variable] = FilePath;
    }

    /// <summary>Returns how often each call ran, by number.</summary>
    public int[] CountRuns(int calls)
    {
        int[] runs = new int[calls];
        byte[] chunk = new byte[ChunkSize];
        using FileStream file = File.OpenRead(FilePath);
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

    public void Dispose() => File.Delete(FilePath);
}
