using Snakepit.Python;

namespace Snakepit.Pools;

/// <summary>
/// The packages that the pool's workers can import. They are read when somebody asks, and again only after a folder has changed.
/// </summary>
internal sealed class PackageList
{
    private readonly Lock _gate = new();
    private IReadOnlyList<string> _folders = [];
    private string _state = "";
    private InstalledPackages? _packages;

    /// <summary>Notes the folders in which the last worker that became ready finds modules.</summary>
    public void Note(IReadOnlyList<string> folders) => Volatile.Write(ref _folders, folders);

    /// <summary>Returns the packages; null before a worker has been ready.</summary>
    public InstalledPackages? Read()
    {
        IReadOnlyList<string> folders = Volatile.Read(ref _folders);
        if (folders.Count == 0)
        {
            return null;
        }
        string state = StateOf(folders);
        lock (_gate)
        {
            if (_packages is null || _state != state)
            {
                (_packages, _state) = (InstalledPackages.Read(folders), state);
            }
            return _packages;
        }
    }

    private static string StateOf(IReadOnlyList<string> folders) =>
        string.Join('\n', folders.Select(static folder => $"{folder} {ChangedAt(folder).Ticks}"));

    private static DateTime ChangedAt(string folder)
    {
        try
        {
            return Directory.GetLastWriteTimeUtc(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return default;
        }
    }
}
