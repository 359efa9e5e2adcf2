using System.CommandLine;
using DurationText = Snakepit.Configuration.DurationText;

namespace Snakepit.Cli.Commands;

/// <summary>Options that take a duration, as configuration spells them: 90s, 5m.</summary>
internal static class DurationOption
{
    private static readonly TimeSpan s_shortest = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan s_longest = TimeSpan.FromDays(24); // what a timer can count

    /// <summary>Returns an option for a duration.</summary>
    /// <param name="name">The name of the option.</param>
    /// <param name="description">What it is for.</param>
    /// <param name="least">The shortest duration; null for a millisecond.</param>
    /// <param name="most">The longest duration; null for 24 days.</param>
    public static Option<TimeSpan?> Create(string name, string description, TimeSpan? least = null, TimeSpan? most = null) => new(name)
    {
        Description = description,
        HelpName = "DURATION",
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (!DurationText.TryParse(text, out TimeSpan duration))
            {
                result.AddError($"'{Shown.Text(text)}' is no duration. Write a number and its unit, ms, s, m, h or d, such as 90s.");
                return null;
            }
            TimeSpan shortest = least ?? s_shortest, longest = most ?? s_longest;
            if (duration < shortest || duration > longest)
            {
                result.AddError(
                    $"{name} must be at least {Shown.Duration(shortest)} and at most {Shown.Duration(longest)}, not {Shown.Text(text)}.");
                return null;
            }
            return duration;
        },
    };
}
