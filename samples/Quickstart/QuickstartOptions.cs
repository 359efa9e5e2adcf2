using System.Globalization;

namespace Quickstart;

/// <summary>The parsed command line.</summary>
/// <param name="Folder">The folder of texts; null selects <see cref="TextFolder.FindDefault"/>.</param>
/// <param name="Workers">The number of Python processes.</param>
/// <param name="MaxRequests">The number of calls after which a worker is replaced.</param>
/// <param name="Repeat">How often every paragraph is counted; null repeats until there are a few thousand calls.</param>
/// <param name="Help">True to show <see cref="Usage"/> and do nothing else.</param>
internal sealed record QuickstartOptions(
    string? Folder = null,
    int Workers = 4,
    int MaxRequests = 250,
    int? Repeat = null,
    bool Help = false)
{
    public const string Usage = """
        Finds the most telling words of a folder of texts (*.txt, *.md and files without extension), in Python, on a pool of workers.

        demo [folder] [--workers N] [--max-requests N] [--repeat N]

          folder            default: /usr/share/common-licenses, or this repository's docs
          --workers N       Python processes (default 4)
          --max-requests N  calls after which a worker is replaced by a fresh one (default 250)
          --repeat N        how often every paragraph is counted (default: as often as it takes for a few thousand calls)
        """;

    /// <exception cref="UsageException">An argument is unknown or has no valid value.</exception>
    public static QuickstartOptions Parse(string[] arguments)
    {
        var options = new QuickstartOptions();
        for (int i = 0; i < arguments.Length; i++)
        {
            string argument = arguments[i];
            options = argument switch
            {
                "--help" or "-h" => options with { Help = true },
                "--workers" => options with { Workers = Number(argument, arguments.ElementAtOrDefault(++i)) },
                "--max-requests" => options with { MaxRequests = Number(argument, arguments.ElementAtOrDefault(++i)) },
                "--repeat" => options with { Repeat = Number(argument, arguments.ElementAtOrDefault(++i)) },
                _ when argument.StartsWith('-') =>
                    throw new UsageException($"There is no option {argument}; --help shows those there are."),
                _ when options.Folder is not null =>
                    throw new UsageException($"One folder is enough: '{options.Folder}' or '{argument}'?"),
                _ => options with { Folder = argument },
            };
        }
        return options;
    }

    private static int Number(string option, string? value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0
            ? number
            : throw new UsageException($"{option} takes a whole number from 1 on, not {(value is null ? "nothing" : $"'{value}'")}.");
}
