namespace Snakepit.Lifecycle;

/// <summary>Tells when Python files beside an adapter have changed. Editors write in several steps, so it waits until they are quiet.</summary>
internal sealed class AdapterWatch : IDisposable
{
    private static readonly TimeSpan s_quiet = TimeSpan.FromMilliseconds(200);
    private readonly FileSystemWatcher _files;
    private readonly ITimer _timer;

    private AdapterWatch(string folder, bool isPackage, TimeProvider time, Action onChanged)
    {
        _timer = time.CreateTimer(_ => onChanged(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _files = new FileSystemWatcher(folder, "*.py")
        {
            IncludeSubdirectories = isPackage,
            NotifyFilter = NotifyFilters.LastWrite | NotifyFilters.FileName | NotifyFilters.Size,
        };
        _files.Error += (_, _) => OnEvent(); // changes were missed, or watching has ended: better once too often
        _files.Changed += OnEvent;
        _files.Created += OnEvent;
        _files.Deleted += OnEvent;
        _files.Renamed += OnEvent;
        try
        {
            _files.EnableRaisingEvents = true;
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Watches the folder of the adapter's file; of a package, the folders below too. Null when the system refuses.</summary>
    public static AdapterWatch? TryCreate(string source, TimeProvider time, Action onChanged, Action<string> onRefused)
    {
        try
        {
            return new AdapterWatch(Path.GetDirectoryName(source)!, Path.GetFileName(source) == "__init__.py", time, onChanged);
        }
        catch (Exception e) when (e is IOException or ArgumentException or UnauthorizedAccessException)
        {
            onRefused(e.Message);
            return null;
        }
    }

    public void Dispose()
    {
        _files.Dispose();
        _timer.Dispose();
    }

    private void OnEvent(object sender, FileSystemEventArgs change) => OnEvent();

    private void OnEvent() => _timer.Change(s_quiet, Timeout.InfiniteTimeSpan);
}
