using Snakepit.Processes;

namespace Snakepit.Python;

/// <summary>
/// Puts the bundled package where interpreters can import it: into a private folder of the user's cache, one per content, which all hosts
/// of the user share; or into memory, when no such folder is possible.
/// </summary>
internal sealed class PackageCache(BundledPackage package, IHostSystem host)
{
    private const UnixFileMode PrivateFolder = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode PrivateFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode WritableByOthers = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    /// <summary>
    /// Finds or creates the location of the package. Every file in a folder is compared with the original, and repaired if it differs.
    /// </summary>
    /// <exception cref="SnakepitConfigurationException">Neither a folder nor memory can hold it.</exception>
    public PackageLocation Locate()
    {
        string problem;
        try
        {
            return PackageLocation.Folder(Unpack(CacheRoot()));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problem = e.Message;
        }
        return host.TryCreateMemoryFile("snakepit.zip", package.ToZip()) is { } memory
            ? PackageLocation.Memory(memory, problem)
            : throw new SnakepitConfigurationException(
                "Snakepit's Python package cannot be unpacked; set the environment variable SNAKEPIT_CACHE to a folder that only "
                    + $"this user can write. {problem}");
    }

    private string CacheRoot()
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

    // No folder is renamed into place. Every host compares every file before use, so a file that another host has half written does no
    // harm. Each file is replaced atomically, so a file that another host's worker is importing never disappears.
    private string Unpack(string root)
    {
        CreatePrivate(root);
        RequireTrusted(root, isRoot: true);
        string folder = root;
        foreach (string name in (string[])["snakepit", "python", package.ContentHash])
        {
            folder = PrivateSubfolder(folder, name);
        }
        foreach ((string name, byte[] content) in package.Files)
        {
            string[] parts = name.Split('/');
            string parent = folder;
            foreach (string part in parts.AsSpan(..^1))
            {
                parent = PrivateSubfolder(parent, part);
            }
            Ensure(Path.Combine(parent, parts[^1]), content);
        }
        return folder;
    }

    private string PrivateSubfolder(string parent, string name)
    {
        string folder = Path.Combine(parent, name);
        CreatePrivate(folder);
        RequireTrusted(folder, isRoot: false);
        return folder;
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

    private static void Ensure(string file, byte[] content)
    {
        if (IsIntact(file, content))
        {
            return;
        }
        string fresh = $"{file}.{Path.GetRandomFileName()}";
        FileStreamOptions options = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = PrivateFile;
        }
        try
        {
            using (FileStream stream = new(fresh, options))
            {
                stream.Write(content);
            }
            File.Move(fresh, file, overwrite: true);
            DiscardCompiled(file);
        }
        catch
        {
            File.Delete(fresh);
            throw;
        }
    }

    // No interpreter may check code compiled from the damaged file against its source.
    private static void DiscardCompiled(string file)
    {
        string folder = Path.Combine(Path.GetDirectoryName(file)!, "__pycache__");
        if (Directory.Exists(folder))
        {
            foreach (string compiled in Directory.GetFiles(folder, $"{Path.GetFileNameWithoutExtension(file)}.*"))
            {
                File.Delete(compiled);
            }
        }
    }

    private static bool IsIntact(string file, byte[] content)
    {
        FileInfo found = new(file);
        return found.Exists && found.Length == content.Length && File.ReadAllBytes(file).AsSpan().SequenceEqual(content);
    }
}
