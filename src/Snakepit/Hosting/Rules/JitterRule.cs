using System.Globalization;

namespace Snakepit.Hosting.Rules;

/// <summary>Jitter is a share.</summary>
internal sealed class JitterRule : IPoolOptionsRule
{
    public void Check(string pool, PoolOptions options, ICollection<string> problems)
    {
        double value = options.Restart.Jitter;
        if (value is not (>= 0 and <= 1))
        {
            problems.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"Pool '{pool}': Restart.Jitter is {value}; it must be from 0 to 1. "
                + $"Set Restart.Jitter to the random share of each wait, such as 0.2; 0 switches it off."));
        }
    }
}
