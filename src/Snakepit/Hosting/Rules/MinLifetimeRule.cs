namespace Snakepit.Hosting.Rules;

/// <summary>The least life of a worker is nothing, or a duration that a timer can measure.</summary>
internal sealed class MinLifetimeRule : IPoolOptionsRule
{
    private static readonly DurationRule s_rule = new(
        "Recycle.MinLifetime", static o => o.Recycle.MinLifetime, "Set Recycle.MinLifetime to the time a worker lives at least, such as '10s'; 0s for none.");

    public void Check(string pool, PoolOptions options, ICollection<string> problems)
    {
        if (options.Recycle.MinLifetime != TimeSpan.Zero)
        {
            s_rule.Check(pool, options, problems);
        }
    }
}
