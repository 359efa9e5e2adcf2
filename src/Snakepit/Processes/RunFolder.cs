namespace Snakepit.Processes;

/// <summary>Finds the folder for the entries of one user's hosts.</summary>
internal static class RunFolder
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Returns a folder that belongs to this user and is not accessible to others.</summary>
    /// <exception cref="IOException">There is no such folder, and none can be created.</exception>
    public static string Find(IHostSystem host)
    {
        if (OfSession(host) is { } session)
        {
            try
            {
                return PrivateFolder(host, session);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // The other folder may work.
            }
        }
        return PrivateFolder(host, OfUser(host));
    }

    /// <summary>Returns the folders in which hosts of this user may have registered, with a session or without. Creates none.</summary>
    public static IReadOnlyList<string> FindAll(IHostSystem host) =>
        [.. new[] { OfSession(host), OfUser(host) }.OfType<string>().Where(folder => Problem(host.Inspect(folder), host) is null)];

    /// <exception cref="IOException">The folder cannot be used.</exception>
    internal static string PrivateFolder(IHostSystem host, string folder)
    {
        if (!OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder, Private);
        }
        return Problem(host.Inspect(folder), host) is { } problem
            ? throw new IOException($"The folder {folder} is not used: it {problem}.")
            : folder;
    }

    private static string? Problem(FileFacts facts, IHostSystem host) =>
        facts.Kind != FileKind.Folder ? "is not a folder"
        : facts.IsLink ? "is a link"
        : facts.Owner != host.UserId ? $"belongs to another user ({facts.Owner})"
        : (facts.Mode & ~Private) != 0 ? "is open to others"
        : null;

    /// <summary>Returns the folder in that of this user's session; null without a session. A variable of another user's session (after su
    /// or sudo) is not ours to use, even if root could write there.</summary>
    private static string? OfSession(IHostSystem host) =>
        host.Variables.TryGetValue("XDG_RUNTIME_DIR", out string? session) && Path.IsPathFullyQualified(session)
        && host.Inspect(session) is { Kind: FileKind.Folder } facts && facts.Owner == host.UserId
            ? Path.Combine(session, "snakepit")
            : null;

    private static string OfUser(IHostSystem host) => $"/tmp/snakepit-{host.UserId}";
}
