namespace Snakepit.Hosting.Rules;

/// <summary>A setting that names a tool names one that could exist.</summary>
internal sealed class ToolNameRule(string setting, Func<PoolOptions, string?> read) : IPoolOptionsRule
{
    private const int Longest = 1_000;

    public void Check(string pool, PoolOptions options, ICollection<string> problems)
    {
        if (read(options) is { } name && (string.IsNullOrWhiteSpace(name) || name.Length > Longest))
        {
            problems.Add($"Pool '{pool}': {setting} is a blank or overlong name; it must name a tool of the adapter. Set {setting} to its name, or to null.");
        }
    }
}
