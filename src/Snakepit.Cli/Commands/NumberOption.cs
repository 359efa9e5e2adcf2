using System.CommandLine.Parsing;
using System.Globalization;

namespace Snakepit.Cli.Commands;

/// <summary>Reads whole numbers of a command line.</summary>
internal static class NumberOption
{
    /// <summary>Returns what reads a number between two others; it says so if it cannot.</summary>
    public static Func<ArgumentResult, int> Parser(string name, int least, int most) => result =>
    {
        string text = result.Tokens[0].Value;
        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number)
            && number >= least && number <= most)
        {
            return number;
        }
        result.AddError($"{name} must be a whole number from {least} to {most}, not '{Shown.Text(text)}'.");
        return default;
    };
}
