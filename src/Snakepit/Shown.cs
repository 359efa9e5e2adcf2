using System.Globalization;

namespace Snakepit;

/// <summary>How values appear in messages and logs.</summary>
internal static class Shown
{
    private static readonly (string Unit, long Ticks)[] s_units =
    [
        ("d", TimeSpan.TicksPerDay), ("h", TimeSpan.TicksPerHour), ("min", TimeSpan.TicksPerMinute), ("s", TimeSpan.TicksPerSecond),
    ];

    /// <summary>Lines as they are; <c>none</c> where there are none, so that no sentence ends in an empty field.</summary>
    public static string Lines(IReadOnlyList<string> lines) => lines.Count == 0 ? "none" : string.Join('\n', lines);

    /// <summary>A duration with its units: <c>1.235 s</c>, <c>250 ms</c>, <c>2 h 5 min</c>; to the second from a minute on.</summary>
    public static string Duration(TimeSpan duration)
    {
        if (duration == Timeout.InfiniteTimeSpan)
        {
            return "infinite";
        }
        if (duration < TimeSpan.Zero)
        {
            return "-" + Duration(duration == TimeSpan.MinValue ? TimeSpan.MaxValue : -duration);
        }
        if (duration.Ticks < TimeSpan.TicksPerSecond)
        {
            return string.Create(CultureInfo.InvariantCulture, $"{duration.TotalMilliseconds:0.###} ms");
        }
        if (duration.Ticks < TimeSpan.TicksPerMinute)
        {
            return string.Create(CultureInfo.InvariantCulture, $"{duration.TotalSeconds:0.###} s");
        }
        long left = (long)Math.Round(duration.TotalSeconds) * TimeSpan.TicksPerSecond;
        var parts = new List<string>();
        foreach ((string unit, long ticks) in s_units)
        {
            (long count, left) = Math.DivRem(left, ticks);
            if (count > 0)
            {
                parts.Add(string.Create(CultureInfo.InvariantCulture, $"{count} {unit}"));
            }
        }
        return string.Join(' ', parts);
    }
}
