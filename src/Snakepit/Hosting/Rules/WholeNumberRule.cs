using System.Globalization;

namespace Snakepit.Hosting.Rules;

/// <summary>A number lies in its range. null, where the option allows it, is off and always fine.</summary>
internal sealed class WholeNumberRule(string setting, Func<PoolOptions, int?> read, int least, int most, string remedy) : IPoolOptionsRule
{
    public void Check(string pool, PoolOptions options, ICollection<string> problems)
    {
        if (read(options) is { } value && (value < least || value > most))
        {
            string rule = most == int.MaxValue ? $"at least {least}" : $"from {least} to {most}";
            problems.Add(string.Create(CultureInfo.InvariantCulture, $"Pool '{pool}': {setting} is {value}; it must be {rule}. {remedy}"));
        }
    }
}
