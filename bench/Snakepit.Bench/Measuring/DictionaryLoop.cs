using System.Diagnostics;

namespace Snakepit.Bench.Measuring;

/// <summary>
/// Fixed work in C#: adds unordered keys to a dictionary of 4,096 keys and removes the oldest. The dictionary, like the state of a busy
/// pool, does not fit into a core's nearest cache.
/// </summary>
internal sealed class DictionaryLoop
{
    private const int Size = 4_096;
    private const long Spread = -7_046_029_254_386_353_131; // 2^64 divided by the golden ratio; odd, so that all keys differ
    private const int PairsPerBlock = 10_000; // a fraction of a millisecond, so that most blocks are not interrupted
    private const int Blocks = 300;
    private static readonly TimeSpan s_warmUp = TimeSpan.FromMilliseconds(600); // until .NET has optimized the loop fully
    private static bool s_isWarm;
    private readonly Dictionary<long, long> _entries = [];
    private long _next;

    /// <summary>Measures one addition and one removal in ns, as the median of the blocks.</summary>
    public static double Measure()
    {
        var loop = new DictionaryLoop();
        loop.Run(Size, remove: false);
        long begun = Stopwatch.GetTimestamp();
        while (!s_isWarm && Stopwatch.GetElapsedTime(begun) < s_warmUp)
        {
            loop.Run(PairsPerBlock, remove: true);
        }
        s_isWarm = true;
        double[] blocks = new double[Blocks];
        foreach (ref double block in blocks.AsSpan())
        {
            long begin = Stopwatch.GetTimestamp();
            loop.Run(PairsPerBlock, remove: true);
            block = Clock.Microseconds(Stopwatch.GetTimestamp() - begin) * 1_000 / PairsPerBlock;
        }
        return Samples.Median(blocks);
    }

    private void Run(int count, bool remove)
    {
        for (int i = 0; i < count; i++, _next++)
        {
            _entries.Add(_next * Spread, i);
            if (remove && !_entries.Remove((_next - Size) * Spread))
            {
                throw new InvalidOperationException($"The dictionary has lost {_next - Size}.");
            }
        }
    }
}
