using Snakepit.Python;

namespace Snakepit.Processes;

/// <summary>Finds the folder in which hosts of one user note that they live.</summary>
internal static class RunFolder
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>A folder of this user's that nobody else can look into.</summary>
    /// <exception cref="IOException">There is none and none can be made; why.</exception>
    public static string Find(IHostSystem host)
    {
        // Left over from another user's session (su, sudo) it is not ours to write to, though root could.
        if (host.Variables.TryGetValue("XDG_RUNTIME_DIR", out string? session) && Path.IsPathFullyQualified(session)
            && host.Inspect(session) is { Kind: FileKind.Folder } facts && facts.Owner == host.UserId)
        {
            try
            {
                return PrivateFolder(host, Path.Combine(session, "snakepit"));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // The other place may do.
            }
        }
        return PrivateFolder(host, $"/tmp/snakepit-{host.UserId}");
    }

    /// <exception cref="IOException">It cannot be used; why.</exception>
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
