namespace Snakepit.Hosting.Rules;

/// <summary>A pipeline of the user's own replaces the built-in one: settings of that one would do nothing.</summary>
internal sealed class PipelineRule : IPoolOptionsRule
{
    public void Check(string pool, PoolOptions options, ICollection<string> problems)
    {
        if (options.Pipeline is not null && (options.Retry is not { MaxRetries: 0, AttemptTimeout: null } || options.Breaker.FailureRatio is not null))
        {
            problems.Add(
                $"Pool '{pool}': Pipeline is set, and so is Retry.MaxRetries, Retry.AttemptTimeout or Breaker.FailureRatio, which it replaces. "
                + "Remove those, or leave Pipeline null.");
        }
    }
}
