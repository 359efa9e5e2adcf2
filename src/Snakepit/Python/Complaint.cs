namespace Snakepit.Python;

/// <summary>Finds the line of a program's output that says what is wrong.</summary>
internal static class Complaint
{
    /// <summary>
    /// Returns the line, or null when there is no output. Python says it last, or after <c>Fatal Python error</c>. Shims and other programs
    /// say it first, and help follows.
    /// </summary>
    public static string? Find(string output)
    {
        string[] lines = output.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        string? line = Array.Find(lines, static line => line.StartsWith("Fatal Python error", StringComparison.Ordinal))
            ?? (lines.Any(static line => line.StartsWith("Traceback", StringComparison.Ordinal)) ? lines[^1] : lines.FirstOrDefault());
        return line is null ? null : Shown.Text(line);
    }
}
