using Snakepit.Processes;

namespace Snakepit.Python;

/// <summary>The location where interpreters find the bundled package. Keep it until the last worker has ended.</summary>
internal sealed class PackageLocation : IDisposable
{
    private readonly IDisposable? _memory;

    private PackageLocation(string pathEntry, IDisposable? memory, string? notCachedBecause)
    {
        PathEntry = pathEntry;
        _memory = memory;
        NotCachedBecause = notCachedBecause;
    }

    /// <summary>The entry for <c>sys.path</c>: a folder, or a zip in memory.</summary>
    public string PathEntry { get; }

    public bool IsFolder => _memory is null;

    /// <summary>The reason why the package is not in the cache folder; null when it is.</summary>
    public string? NotCachedBecause { get; }

    public static PackageLocation Folder(string path) => new(path, null, null);

    public static PackageLocation Memory(MemoryFile file, string notCachedBecause) => new(file.Path, file.Handle, notCachedBecause);

    public void Dispose() => _memory?.Dispose();
}
