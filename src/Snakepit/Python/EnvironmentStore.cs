namespace Snakepit.Python;

/// <summary>
/// The prepared environments of one project, each in a folder of its own: one that is complete is never written again, and one that is not
/// is never used. Hosts share them; locks on files tell what is in use.
/// </summary>
/// <param name="root">The folder of the environments.</param>
/// <param name="time">The clock that dates their uses.</param>
internal sealed class EnvironmentStore(string root, TimeProvider time)
{
    private const string MarkerSuffix = ".ready";
    private const string LockName = "preparing.lock";
    private const int Kept = 3; // environments that are not in use, so that a project can go back and forth

    /// <summary>
    /// Returns the complete environment with this stamp, which stays while the result is not disposed; null when there is none.
    /// </summary>
    public EnvironmentUse? TryUse(string stamp)
    {
        string marker = MarkerOf(stamp);
        FileStream? held = TryOpen(marker, FileMode.Open, FileAccess.Read, FileShare.Read);
        if (held is null)
        {
            return null;
        }
        try
        {
            using var reader = new StreamReader(held, leaveOpen: true);
            string folder = Path.Combine(root, Path.GetFileName(reader.ReadToEnd().Trim()));
            if (Directory.Exists(folder) && folder != root)
            {
                File.SetLastWriteTimeUtc(marker, time.GetUtcNow().UtcDateTime); // the oldest are deleted first
                return new EnvironmentUse(folder, held);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A cache that cannot be read is prepared anew.
        }
        held.Dispose();
        return null;
    }

    /// <summary>Returns the lock under which environments are prepared, across all hosts; null while another one has it.</summary>
    public IDisposable? TryLock() =>
        TryOpen(Path.Combine(root, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);

    /// <summary>Returns a new name for the folder of an environment that is to be prepared. Call it under the lock.</summary>
    public string NewFolder(string stamp) => Path.Combine(root, $"{stamp}-{Guid.NewGuid():n}"[..41]);

    /// <summary>Declares that an environment is complete. Call it under the lock.</summary>
    public void Complete(string stamp, string folder)
    {
        string unfinished = MarkerOf(stamp) + ".new";
        File.WriteAllText(unfinished, Path.GetFileName(folder));
        File.Move(unfinished, MarkerOf(stamp), overwrite: true);
    }

    /// <summary>
    /// Deletes what a crash has left unfinished, and the oldest complete environments that no host uses. Call it under the lock.
    /// </summary>
    public void Tidy()
    {
        try
        {
            TidyMarkers();
            TidyFolders();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The next preparation tries again.
        }
    }

    private void TidyMarkers()
    {
        string[] markers = [.. Directory.EnumerateFiles(root, "*" + MarkerSuffix).OrderByDescending(File.GetLastWriteTimeUtc)];
        foreach (string marker in markers.Skip(Kept))
        {
            // Before the folder: from here on, nobody begins to use it.
            TryOpen(marker, FileMode.Open, FileAccess.ReadWrite, FileShare.None, FileOptions.DeleteOnClose)?.Dispose();
        }
    }

    private void TidyFolders()
    {
        HashSet<string> complete =
            [.. Directory.EnumerateFiles(root, "*" + MarkerSuffix).Select(static marker => File.ReadAllText(marker).Trim())];
        foreach (string folder in Directory.EnumerateDirectories(root).Where(folder => !complete.Contains(Path.GetFileName(folder))))
        {
            TryDelete(folder);
        }
    }

    public static void TryDelete(string folder)
    {
        try
        {
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The next preparation tries again.
        }
    }

    private string MarkerOf(string stamp) => Path.Combine(root, stamp + MarkerSuffix);

    private static FileStream? TryOpen(
        string file, FileMode mode, FileAccess access, FileShare share, FileOptions options = FileOptions.None)
    {
        try
        {
            return new FileStream(file, mode, access, share, bufferSize: 1, options);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}

/// <summary>A complete environment that nobody deletes until this is disposed.</summary>
/// <param name="folder">The environment's folder.</param>
/// <param name="held">Its marker, open.</param>
internal sealed class EnvironmentUse(string folder, FileStream held) : IDisposable
{
    public string Folder => folder;

    public void Dispose() => held.Dispose();
}
