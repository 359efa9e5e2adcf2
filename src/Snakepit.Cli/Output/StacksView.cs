using System.Text.RegularExpressions;

namespace Snakepit.Cli.Output;

/// <summary>Shortens the stacks of a worker to what is the user's.</summary>
internal static partial class StacksView
{
    /// <summary>Returns the stacks with one line for each run of Snakepit's own functions. A thread that runs nothing else waits for
    /// work.</summary>
    public static string Shorten(string stacks)
    {
        var lines = new List<string>();
        int own = 0;
        foreach (string line in stacks.TrimEnd().Split('\n'))
        {
            if (Own.IsMatch(line))
            {
                own++;
                continue;
            }
            End(lines, own);
            own = 0;
            lines.Add(line);
        }
        End(lines, own);
        return string.Join('\n', lines);
    }

    /// <summary>Matches a function of the worker's own package, whose folder is named by a hash, and the line that starts it.</summary>
    [GeneratedRegex("""^  File ("[^"]*/[0-9a-f]{32}/snakepit/[^"]*"|"<string>"), line """)]
    private static partial Regex Own { get; }

    private static void End(List<string> lines, int own)
    {
        if (own > 0)
        {
            bool isIdle = lines is [] || lines[^1].EndsWith("first):", StringComparison.Ordinal);
            lines.Add($"  {Shown.Count(own, "internal frame")} of Snakepit{(isIdle ? " (idle)" : "")}");
        }
    }
}
