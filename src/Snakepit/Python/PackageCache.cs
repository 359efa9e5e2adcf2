using Snakepit.Processes;

namespace Snakepit.Python;

/// <summary>
/// Puts the bundled package where interpreters can import it: into a private folder of the user's cache, one per content, which all hosts
/// of the user share; or into memory, when no such folder is possible.
/// </summary>
internal sealed class PackageCache(BundledPackage package, IHostSystem host)
{
    private const UnixFileMode PrivateFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private readonly CacheFolder _cache = new(host);

    /// <summary>
    /// Finds or creates the location of the package. Every file in a folder is compared with the original, and repaired if it differs.
    /// </summary>
    /// <exception cref="SnakepitConfigurationException">Neither a folder nor memory can hold it.</exception>
    public PackageLocation Locate()
    {
        string problem;
        try
        {
            return PackageLocation.Folder(Unpack());
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

    // No folder is renamed into place. Every host compares every file before use, so a file that another host has half written does no
    // harm. Each file is replaced atomically, so a file that another host's worker is importing never disappears.
    private string Unpack()
    {
        string folder = _cache.Locate("snakepit", "python", package.ContentHash);
        foreach ((string name, byte[] content) in package.Files)
        {
            string[] parts = name.Split('/');
            string parent = folder;
            foreach (string part in parts.AsSpan(..^1))
            {
                parent = _cache.PrivateSubfolder(parent, part);
            }
            Ensure(Path.Combine(parent, parts[^1]), content);
        }
        return folder;
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
