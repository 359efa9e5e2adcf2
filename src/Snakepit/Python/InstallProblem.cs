using System.Text.RegularExpressions;

namespace Snakepit.Python;

/// <summary>Why packages could not be installed, in one line, and what to do about it.</summary>
/// <param name="Problem">The problem.</param>
/// <param name="Remedy">The remedy.</param>
internal sealed partial record InstallProblem(string Problem, string Remedy)
{
    private const int Longest = 500;

    private static readonly string[] s_network =
    [
        "NewConnectionError", "Failed to establish a new connection", "Temporary failure in name resolution", "Name or service not known",
        "Network is unreachable", "Connection refused", "ConnectTimeoutError", "ReadTimeoutError", "ProxyError", "SSLError",
        "CERTIFICATE_VERIFY_FAILED", "Failed to fetch", "error sending request", "Network connectivity is disabled", "dns error",
    ];

    /// <summary>Finds the lines of pip's or uv's output that say it.</summary>
    public static InstallProblem Explain(IReadOnlyList<string> lines)
    {
        string? unreachable = lines.FirstOrDefault(static line => s_network.Any(sign => line.Contains(sign, StringComparison.Ordinal)));
        string? Line(string part) => lines.FirstOrDefault(line => line.Contains(part, StringComparison.OrdinalIgnoreCase));
        string? unmet = Line("Could not find a version that satisfies the requirement") ?? Line("No matching distribution found for");
        return lines switch
        {
            _ when Line("ensurepip is not available") is not null || Line("No module named ensurepip") is not null
                || Line("No module named venv") is not null || Line("No module named 'ensurepip'") is not null => new InstallProblem(
                "The interpreter cannot make an environment with pip: its ensurepip is missing.",
                "Install it, on Debian with `apt-get install python3-venv`, or install uv."),
            _ when Line("No space left on device") is { } full => Of(
                full, "Free space on the disk, or set SNAKEPIT_CACHE to a folder on another one."),
            _ when Line("DO NOT MATCH THE HASHES") is not null => new InstallProblem(
                "A package that the index offers does not have the hash that the requirements name.",
                "Find out why the package has changed before you change the hash."),
            _ when lines.FirstOrDefault(static line => Refused().IsMatch(line)) is { } refused => Of(
                refused, "Correct the user and password of the index."),
            _ when unreachable is not null => new InstallProblem(
                $"The index of packages cannot be reached: {Text(Cause(unreachable))}",
                "Check the network and the proxy, or name another index in Python.Variables: PIP_INDEX_URL, or PIP_NO_INDEX=1 with "
                    + "PIP_FIND_LINKS for a folder of wheels (with uv: UV_INDEX_URL, UV_NO_INDEX, UV_FIND_LINKS)."),
            _ when Line("ResolutionImpossible") is not null || Line("conflicting dependencies") is not null => Of(
                Line("because these package versions have conflicting dependencies") ?? "The requirements contradict each other.",
                "Change one of the versions."),
            _ when unmet is not null => Of(unmet, "Correct the requirement: the index has no such package or version for this Python."),
            _ when Line("No solution found when resolving dependencies") is not null => Of(
                Line("Because ") ?? "No solution was found.", "Change one of the versions."),
            _ when Line("needs to be updated") is { } stale => Of(stale, "Run `uv lock`."),
            _ when Line("Invalid requirement") is { } invalid => Of(invalid, "Correct the line."),
            _ => Of(
                lines.LastOrDefault(static line => Complained().IsMatch(line))
                    ?? (lines.Count > 0 ? lines[^1] : "The installer said nothing."),
                "Run the command by hand to see all of its output."),
        };
    }

    private static InstallProblem Of(string line, string remedy) => new(Text(line), remedy);

    /// <summary>Returns the line without the installer's prefix.</summary>
    private static string Text(string line)
    {
        string text = Shown.Text(Prefix().Replace(line, "").Trim(), Longest);
        return text.EndsWith('.') ? text : text + ".";
    }

    /// <summary>Returns what pip puts at the end of a retry's warning: the innermost error.</summary>
    private static string Cause(string line) => Innermost().Match(line) is { Success: true } match ? match.Groups[1].Value : line;

    [GeneratedRegex(@"^(?:\s*(?:ERROR|error|WARNING|hint)\s*:?\s*|[\s│╰├─▶×]+)+")]
    private static partial Regex Prefix();

    [GeneratedRegex(@"[Ee]rror:? .*\b(?:401|403)\b")]
    private static partial Regex Refused();

    [GeneratedRegex(@"^\s*(?:ERROR|error|fatal)\b|Error:")]
    private static partial Regex Complained();

    [GeneratedRegex(@"after connection broken by '\w+\((?:.*?: )?(.+?)'?\)+'")]
    private static partial Regex Innermost();
}
