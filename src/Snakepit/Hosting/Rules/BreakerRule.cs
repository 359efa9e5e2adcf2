using System.Globalization;

namespace Snakepit.Hosting.Rules;

/// <summary>A circuit breaker that can tell something: a share of enough calls over enough time.</summary>
internal sealed class BreakerRule : IPoolOptionsRule
{
    private static readonly TimeSpan s_shortest = TimeSpan.FromMilliseconds(500);

    public void Check(string pool, PoolOptions options, ICollection<string> problems)
    {
        BreakerOptions breaker = options.Breaker;
        if (breaker.FailureRatio is { } ratio && ratio is not (> 0 and <= 1))
        {
            problems.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"Pool '{pool}': Breaker.FailureRatio is {ratio}; it must be above 0 and at most 1. "
                + $"Set Breaker.FailureRatio to the share of failed calls that is too many, such as 0.5, or to null for no breaker."));
        }
        CheckSpan(pool, "Breaker.Window", breaker.Window, "the time over which failures are counted, such as '30s'", problems);
        CheckSpan(pool, "Breaker.Duration", breaker.Duration, "the time for which calls are refused, such as '5s'", problems);
    }

    private static void CheckSpan(string pool, string setting, TimeSpan value, string meaning, ICollection<string> problems)
    {
        if (value < s_shortest || value > TimeSpan.FromDays(1))
        {
            problems.Add($"Pool '{pool}': {setting} is {DurationText.Format(value)}; it must be from {DurationText.Format(s_shortest)} to 1d. Set {setting} to {meaning}.");
        }
    }
}
