namespace Snakepit.Processes;

/// <summary>The files in which the system tells about itself, as in /proc and /sys.</summary>
internal static class SystemFile
{
    /// <summary>Returns the text of a file; null when it is missing or must not be read.</summary>
    public static string? TryRead(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
