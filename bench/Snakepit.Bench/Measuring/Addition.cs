using System.Diagnostics;

namespace Snakepit.Bench.Measuring;

/// <summary>The smallest useful call, add(a, b). Every result is checked.</summary>
internal static class Addition
{
    public const int B = 2;

    /// <summary>Makes calls one after another until a timestamp has passed, and returns the number of answers.</summary>
    public static async Task<long> CallUntilAsync(IToolInvoker pool, long end)
    {
        int a = 0;
        for (; Stopwatch.GetTimestamp() < end; a++)
        {
            Check(a, await pool.ExecuteAsync<int>("add", ToolArguments.Named(("a", a), ("b", B))));
        }
        return a;
    }

    /// <summary>Fills the samples with calls one after another, in timestamp units.</summary>
    public static async Task MeasureAsync(IToolInvoker pool, long[] samples)
    {
        for (int a = 0; a < samples.Length; a++)
        {
            long begin = Stopwatch.GetTimestamp();
            int sum = await pool.ExecuteAsync<int>("add", ToolArguments.Named(("a", a), ("b", B)));
            samples[a] = Stopwatch.GetTimestamp() - begin;
            Check(a, sum);
        }
    }

    public static void Check(long a, long sum)
    {
        if (sum != a + B)
        {
            throw new InvalidRunException($"add({a}, {B}) returned {sum}.");
        }
    }
}
