namespace Snakepit.Processes;

/// <summary>Finds the folder for the entries of one user's hosts.</summary>
internal static class RunFolder
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Returns a folder that belongs to this user and is not accessible to others.</summary>
    /// <exception cref="IOException">There is no such folder, and none can be created.</exception>
    public static string Find(IHostSystem host)
    {
        // A variable of another user's session (after su or sudo) is not ours to use, even if root could write there.
        if (host.Variables.TryGetValue("XDG_RUNTIME_DIR", out string? session) && Path.IsPathFullyQualified(session)
            && host.Inspect(session) is { Kind: FileKind.Folder } facts && facts.Owner == host.UserId)
        {
            try
            {
                return PrivateFolder(host, Path.Combine(session, "snakepit"));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // The other folder may work.
            }
        }
        return PrivateFolder(host, $"/tmp/snakepit-{host.UserId}");
    }

    /// <exception cref="IOException">The folder cannot be used.</exception>
    internal static string PrivateFolder(IHostSystem host, string folder)
    {
        if (!OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder, Private);
        }
        FileFacts facts = host.Inspect(folder);
        string? problem =
            facts.Kind != FileKind.Folder ? "is not a folder"
            : facts.IsLink ? "is a link"
            : facts.Owner != host.UserId ? $"belongs to another user ({facts.Owner})"
            : (facts.Mode & ~Private) != 0 ? "is open to others"
            : null;
        return problem is null ? folder : throw new IOException($"The folder {folder} is not used: it {problem}.");
    }
}
