using Snakepit.Processes;

namespace Snakepit.Python;

/// <summary>The user's cache folder, in which Snakepit keeps what it can make again. Nobody else can write what is in it.</summary>
internal sealed class CacheFolder(IHostSystem host)
{
    private const UnixFileMode PrivateFolder = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode WritableByOthers = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    /// <summary>Finds or creates a private folder in it.</summary>
    /// <exception cref="IOException">There is no cache folder, or somebody else can write it.</exception>
    /// <exception cref="UnauthorizedAccessException">This user cannot write it.</exception>
    public string Locate(params ReadOnlySpan<string> names)
    {
        string folder = Root();
        CreatePrivate(folder);
        RequireTrusted(folder, isRoot: true);
        foreach (string name in names)
        {
            folder = PrivateSubfolder(folder, name);
        }
        return folder;
    }

    /// <inheritdoc cref="Locate"/>
    public string PrivateSubfolder(string parent, string name)
    {
        string folder = Path.Combine(parent, name);
        CreatePrivate(folder);
        RequireTrusted(folder, isRoot: false);
        return folder;
    }

    private string Root()
    {
        IReadOnlyDictionary<string, string> variables = host.Variables;
        foreach (string name in (string[])["SNAKEPIT_CACHE", "XDG_CACHE_HOME"])
        {
            // A relative path would depend on the working directory; the XDG specification says to ignore it.
            if (variables.TryGetValue(name, out string? path) && Path.IsPathFullyQualified(path))
            {
                return path;
            }
        }
        (string home, string[] below) = host.Platform switch
        {
            HostPlatform.Windows => ("LOCALAPPDATA", (string[])[]),
            HostPlatform.MacOS => ("HOME", ["Library", "Caches"]),
            _ => ("HOME", [".cache"]),
        };
        return variables.TryGetValue(home, out string? folder) && Path.IsPathFullyQualified(folder)
            ? Path.Combine([folder, .. below])
            : throw new IOException($"There is no cache folder: {home} is not set.");
    }

    private static void CreatePrivate(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            Directory.CreateDirectory(folder, PrivateFolder);
        }
    }

    // Whoever can write a folder can make the workers run any code.
    private void RequireTrusted(string folder, bool isRoot)
    {
        if (host.Platform == HostPlatform.Windows)
        {
            return;
        }
        FileFacts facts = host.Inspect(folder);
        string? problem =
            facts.Kind != FileKind.Folder ? "is not a folder"
            : facts.IsLink && !isRoot ? "is a link"
            : facts.Owner is { } owner && owner != 0 && owner != host.UserId ? $"belongs to another user ({owner})"
            // In a folder like /tmp, the sticky bit keeps other users from replacing our files.
            : (facts.Mode & WritableByOthers) != 0 && !(isRoot && (facts.Mode & UnixFileMode.StickyBit) != 0) ? "can be written by others"
            : null;
        if (problem is not null)
        {
            throw new IOException($"The cache folder {folder} is not used: it {problem}.");
        }
    }
}
