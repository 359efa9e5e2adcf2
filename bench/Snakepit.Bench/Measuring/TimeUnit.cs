namespace Snakepit.Bench.Measuring;

/// <summary>The unit in the name of a metric that is a time or a rate: p50_us, ns_per_call, ready_ms_8, calls_per_s_64.</summary>
internal readonly record struct TimeUnit(double Nanoseconds, bool IsRate)
{
    /// <summary>Returns the unit of a metric, or null for a count, a share or a ratio.</summary>
    public static TimeUnit? OfMetric(string name)
    {
        string[] words = name.Split('_');
        for (int i = 0; i < words.Length; i++)
        {
            bool isRate = i > 0 && words[i - 1] == "per";
            double? nanoseconds = words[i] switch { "ns" => 1, "us" => 1e3, "ms" => 1e6, "s" when isRate => 1e9, _ => null };
            if (nanoseconds is { } unit)
            {
                return new TimeUnit(unit, isRate);
            }
        }
        return null;
    }

    /// <summary>Converts a metric's value to a time in ns; for a rate, to the time of one.</summary>
    public double ToNanoseconds(double value) => IsRate ? Nanoseconds / value : value * Nanoseconds;

    /// <summary>Converts a time to the metric's value.</summary>
    public double FromNanoseconds(double nanoseconds) => IsRate ? Nanoseconds / nanoseconds : nanoseconds / Nanoseconds;
}
