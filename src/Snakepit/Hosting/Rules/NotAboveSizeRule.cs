using System.Globalization;

namespace Snakepit.Hosting.Rules;

/// <summary>A number of workers is not larger than the pool.</summary>
internal sealed class NotAboveSizeRule(string setting, Func<PoolOptions, int?> read) : IPoolOptionsRule
{
    public void Check(string pool, PoolOptions options, ICollection<string> problems)
    {
        // A Size out of its own range is reported once, by its own rule.
        if (read(options) is { } value && value > options.Size && options.Size > 0)
        {
            problems.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"Pool '{pool}': {setting} is {value} and Size is {options.Size}; it cannot exceed the number of workers. Lower {setting} or raise Size."));
        }
    }
}
