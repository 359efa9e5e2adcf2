namespace Snakepit.Hosting.Rules;

/// <summary>A duration that may be off: null and infinite are.</summary>
internal sealed class OptionalDurationRule(string setting, Func<PoolOptions, TimeSpan?> read, string remedy) : IPoolOptionsRule
{
    private readonly DurationRule _rule = new(setting, options => read(options) ?? Timeout.InfiniteTimeSpan, remedy, mayBeInfinite: true);

    public void Check(string pool, PoolOptions options, ICollection<string> problems) => _rule.Check(pool, options, problems);
}
