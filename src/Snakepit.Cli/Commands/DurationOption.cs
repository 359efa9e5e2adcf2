using System.CommandLine;
using DurationText = Snakepit.Configuration.DurationText;

namespace Snakepit.Cli.Commands;

/// <summary>Options that take a duration, as configuration spells them: 90s, 5m.</summary>
internal static class DurationOption
{
    private static readonly TimeSpan s_longest = TimeSpan.FromDays(24); // what a timer can count

    public static Option<TimeSpan?> Create(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "DURATION",
        CustomParser = static result =>
        {
            string text = result.Tokens[0].Value;
            if (DurationText.TryParse(text, out TimeSpan duration) && duration > TimeSpan.Zero && duration <= s_longest)
            {
                return duration;
            }
            result.AddError($"'{Shown.Text(text)}' is no duration. Write a number above 0 and its unit, ms, s, m, h or d, such as 90s.");
            return null;
        },
    };
}
