using System.Globalization;

namespace Snakepit.Configuration;

/// <summary>Durations as configuration spells them: <c>90s</c>, <c>250ms</c>, <c>30m</c>, <c>2h</c>, <c>7d</c>, <c>00:01:30</c>,
/// <c>infinite</c>.</summary>
internal static class DurationText
{
    private const string Infinite = "infinite";

    /// <summary>The units, largest first: formatting takes the first one that divides the value.</summary>
    private static readonly (string Suffix, long Ticks)[] s_units =
    [
        ("d", TimeSpan.TicksPerDay), ("h", TimeSpan.TicksPerHour), ("m", TimeSpan.TicksPerMinute),
        ("s", TimeSpan.TicksPerSecond), ("ms", TimeSpan.TicksPerMillisecond),
    ];

    /// <summary>
    /// Parses a duration. Rejects a bare number, because its unit would be a guess, and <c>mm:ss</c>, which .NET reads as hours and
    /// minutes.
    /// </summary>
    public static bool TryParse(string? text, out TimeSpan duration)
    {
        duration = default;
        ReadOnlySpan<char> trimmed = text.AsSpan().Trim();
        if (trimmed.Equals(Infinite, StringComparison.OrdinalIgnoreCase))
        {
            duration = Timeout.InfiniteTimeSpan;
            return true;
        }
        if (trimmed.Contains(':'))
        {
            return trimmed.Count(':') == 2 && trimmed[0] != '-'
                && TimeSpan.TryParseExact(trimmed, "c", CultureInfo.InvariantCulture, out duration);
        }
        int split = trimmed.LastIndexOfAnyInRange('0', '9') + 1;
        foreach ((string suffix, long ticks) in s_units)
        {
            if (trimmed[split..].TrimStart().Equals(suffix, StringComparison.OrdinalIgnoreCase))
            {
                return TryScale(trimmed[..split], ticks, out duration);
            }
        }
        return false;
    }

    /// <summary>Returns the shortest text that parses to <paramref name="duration"/>.</summary>
    public static string Format(TimeSpan duration)
    {
        if (duration == Timeout.InfiniteTimeSpan)
        {
            return Infinite;
        }
        if (duration == TimeSpan.Zero)
        {
            return "0s";
        }
        foreach ((string suffix, long ticks) in s_units)
        {
            if (duration.Ticks % ticks == 0)
            {
                return string.Create(CultureInfo.InvariantCulture, $"{duration.Ticks / ticks}{suffix}");
            }
        }
        return duration.ToString("c", CultureInfo.InvariantCulture);
    }

    private static bool TryScale(ReadOnlySpan<char> number, long unit, out TimeSpan duration)
    {
        duration = default;
        if (!decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal count)
            || count > TimeSpan.MaxValue.Ticks / unit)
        {
            return false;
        }
        duration = TimeSpan.FromTicks((long)(count * unit));
        return true;
    }
}
