namespace Snakepit.Hosting.Rules;

/// <summary>One duration is not longer than another.</summary>
internal sealed class DurationOrderRule(
    string shorter, Func<PoolOptions, TimeSpan> readShorter, string longer, Func<PoolOptions, TimeSpan> readLonger, string why) : IPoolOptionsRule
{
    public void Check(string pool, PoolOptions options, ICollection<string> problems)
    {
        TimeSpan first = readShorter(options);
        TimeSpan second = readLonger(options);
        // Infinite and negative values are reported by their own rule.
        if (first > second && second > TimeSpan.Zero)
        {
            problems.Add(
                $"Pool '{pool}': {shorter} is {DurationText.Format(first)} and {longer} is {DurationText.Format(second)}; {why}. "
                + $"Lower {shorter} or raise {longer}.");
        }
    }
}
