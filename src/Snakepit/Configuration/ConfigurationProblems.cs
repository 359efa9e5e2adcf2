using System.Globalization;

namespace Snakepit.Configuration;

/// <summary>Combines all problems of a configuration in one exception.</summary>
internal static class ConfigurationProblems
{
    /// <exception cref="SnakepitConfigurationException">There is a problem. A problem that several pools share appears once.</exception>
    public static void ThrowIfAny(IEnumerable<string> problems)
    {
        string[] distinct =
            [.. problems.Select(static problem => Shown.Text(problem, Shown.LongestReason)).Distinct(StringComparer.Ordinal)];
        if (distinct.Length == 0)
        {
            return;
        }
        string message = distinct.Length == 1
            ? distinct[0]
            : string.Create(CultureInfo.InvariantCulture, $"Snakepit's configuration has {distinct.Length} problems:{Environment.NewLine}")
                + string.Join(Environment.NewLine, distinct.Select(static problem => $"- {problem}"));
        throw new SnakepitConfigurationException(message) { Problems = distinct };
    }
}
