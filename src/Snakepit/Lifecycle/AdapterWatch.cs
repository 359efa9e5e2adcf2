namespace Snakepit.Lifecycle;

/// <summary>
/// Reports when Python files next to an adapter have changed: by an edit, by a replaced file or folder, or by a symbolic link on the path
/// that leads elsewhere now. Editors and deployments work in several steps, so it waits until they are quiet. The adapter of another pool
/// counts if this one may import it.
/// </summary>
internal sealed class AdapterWatch : IDisposable
{
    private static readonly TimeSpan s_quiet = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(2); // reports after this time even if files never become quiet

    private readonly string _source;
    private readonly AdapterFiles _adapters;
    private readonly TimeProvider _time;
    private readonly Action _onChanged;
    private readonly Action<string> _onRefused;
    private readonly ITimer _timer;
    private readonly Lock _gate = new();
    private readonly HashSet<string> _changedAdapters = new(StringComparer.Ordinal); // since the last report, as the next two fields
    private bool _hasOtherChange;
    private long? _firstEventAt;
    private List<FileSystemWatcher> _watchers = [];
    private bool _disposed;

    private AdapterWatch(string source, AdapterFiles adapters, TimeProvider time, Action onChanged, Action<string> onRefused)
    {
        _source = source;
        _adapters = adapters;
        _time = time;
        _onChanged = onChanged;
        _onRefused = onRefused;
        _timer = time.CreateTimer(_ => OnQuiet(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>
    /// Watches the folder of the adapter's file, the folders below it in a package, and all names on the path. Returns null when the system
    /// refuses.
    /// </summary>
    public static AdapterWatch? TryCreate(
        string source, AdapterFiles adapters, TimeProvider time, Action onChanged, Action<string> onRefused)
    {
        var watch = new AdapterWatch(source, adapters, time, onChanged, onRefused);
        if (watch.TryArm())
        {
            return watch;
        }
        watch.Dispose();
        return null;
    }

    public void Dispose()
    {
        List<FileSystemWatcher> watchers;
        lock (_gate)
        {
            _disposed = true;
            watchers = _watchers;
            _watchers = [];
        }
        watchers.ForEach(static watcher => watcher.Dispose());
        _timer.Dispose();
    }

    /// <summary>
    /// Watches what exists now. A watched folder that was replaced, or that a link no longer leads to, would raise no events.
    /// </summary>
    private bool TryArm()
    {
        List<FileSystemWatcher> armed = [];
        try
        {
            Arm(armed);
        }
        catch (Exception e) when (e is IOException or ArgumentException or UnauthorizedAccessException)
        {
            armed.ForEach(static watcher => watcher.Dispose());
            _onRefused(e.Message);
            return false;
        }
        List<FileSystemWatcher> outdated;
        lock (_gate)
        {
            (outdated, _watchers) = _disposed ? (armed, []) : (_watchers, armed);
        }
        outdated.ForEach(static watcher => watcher.Dispose());
        return true;
    }

    private void Arm(List<FileSystemWatcher> armed)
    {
        var trail = PathTrail.Of(_source);
        foreach ((string folder, string name) in trail.Steps.Distinct())
        {
            TryAdd(
                armed,
                new FileSystemWatcher(folder, name) { NotifyFilter = NotifyFilters.FileName | NotifyFilters.DirectoryName },
                isNeeded: false);
        }
        if (trail.Target is not { } target)
        {
            return; // until that name exists
        }
        bool isPackage = Path.GetFileName(_source) == "__init__.py";
        foreach (string folder in new[] { Path.GetDirectoryName(Path.GetFullPath(_source))!, Path.GetDirectoryName(target)! }.Distinct())
        {
            TryAdd(armed, new FileSystemWatcher(folder, "*.py")
            {
                IncludeSubdirectories = isPackage,
                NotifyFilter = NotifyFilters.LastWrite | NotifyFilters.FileName | NotifyFilters.Size,
            }, isNeeded: true);
            if (isPackage) // a new folder may have files before it is watched
            {
                TryAdd(
                    armed,
                    new FileSystemWatcher(folder) { IncludeSubdirectories = true, NotifyFilter = NotifyFilters.DirectoryName },
                    isNeeded: true);
            }
        }
    }

    /// <param name="armed">The active watchers.</param>
    /// <param name="watcher">The next watcher.</param>
    /// <param name="isNeeded">Whether the watch fails without it. A folder on the path may be one that this user must not read.</param>
    private void TryAdd(List<FileSystemWatcher> armed, FileSystemWatcher watcher, bool isNeeded)
    {
        armed.Add(watcher);
        // Changes were missed, or watching has ended: an unnecessary report is better than a missing one.
        watcher.Error += (_, _) => OnEvent([]);
        watcher.Changed += OnEvent;
        watcher.Created += OnEvent;
        watcher.Deleted += OnEvent;
        watcher.Renamed += OnEvent;
        try
        {
            watcher.EnableRaisingEvents = true;
        }
        catch (Exception e) when (!isNeeded && e is IOException or UnauthorizedAccessException)
        {
            armed.Remove(watcher);
            watcher.Dispose();
        }
    }

    private void OnEvent(object sender, FileSystemEventArgs change)
    {
        if (Path.GetFileName(change.Name) == "__pycache__") // workers create it
        {
            return;
        }
        string[] paths = change is RenamedEventArgs renamed ? [renamed.FullPath, renamed.OldFullPath] : [change.FullPath];
        OnEvent(Array.FindAll(paths, static path => path.EndsWith(".py", StringComparison.Ordinal)));
    }

    /// <param name="files">The Python files that have changed; empty when unknown.</param>
    private void OnEvent(string[] files)
    {
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }
            if (files.Length > 0 && Array.TrueForAll(files, _adapters.Contains))
            {
                _changedAdapters.UnionWith(files);
            }
            else
            {
                _hasOtherChange = true;
            }
            long now = _time.GetTimestamp();
            _firstEventAt ??= now;
            TimeSpan left = s_longest - _time.GetElapsedTime(_firstEventAt.Value, now);
            _timer.Change(left < s_quiet ? left > TimeSpan.Zero ? left : TimeSpan.Zero : s_quiet, Timeout.InfiniteTimeSpan);
        }
    }

    private void OnQuiet()
    {
        string[] adapters;
        bool concernsAll;
        lock (_gate)
        {
            if (_disposed || _firstEventAt is null)
            {
                return;
            }
            _firstEventAt = null;
            (adapters, concernsAll) = ([.. _changedAdapters], _hasOtherChange);
            _changedAdapters.Clear();
            _hasOtherChange = false;
        }
        _ = TryArm(); // first, so that later changes are reported again
        if (!concernsAll && !Array.Exists(adapters, ConcernsThis))
        {
            return;
        }
        if (File.Exists(_source)) // otherwise, a deployment is in progress, and its end is reported too
        {
            _onChanged();
        }
    }

    private bool ConcernsThis(string adapter)
    {
        string source = Path.GetFullPath(_source);
        return adapter == source || adapter == PathTrail.Of(_source).Target || PythonImports.MayReach(source, adapter);
    }
}
