using System.Globalization;
using System.Text.Unicode;
using Snakepit.Processes.Interop.Linux;
using Snakepit.Python;

namespace Snakepit.Processes;

/// <summary>
/// One life of a host, as later hosts of the same user can know of it: an entry in a private folder, locked while it lives, and a mark on all that it
/// starts. What a dead host left is ended by the next that starts.
/// </summary>
internal sealed class HostRun : IDisposable
{
    private const string LauncherLine = "launcher ";
    private const int LauncherGraceMs = 2_000;
    private static readonly TimeSpan s_joinTimeout = TimeSpan.FromSeconds(5);

    private readonly Action<int> _onSwept;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _gate = new();
    private string? _folder;
    private RunEntry? _entry;
    private Thread? _sweeping;
    private int _launchers;

    /// <param name="onSwept">Told how many processes were ended that somebody had left.</param>
    public HostRun(Action<int>? onSwept = null) => _onSwept = onSwept ?? (static _ => { });

    public string Id { get; } = RunMark.NewRun();

    /// <summary>Notes in the folder that this host lives.</summary>
    /// <exception cref="IOException">It cannot; why. All but the next start's sweep works without.</exception>
    public void Register(string folder)
    {
        _entry = RunEntry.Create(folder, Id, $"host {Environment.ProcessId} {StartOf(Environment.ProcessId)}\n{Place()}\n");
        _folder = folder;
    }

    /// <summary>The mark of the next launcher.</summary>
    public RunMark NextLauncher() => new(Id, Interlocked.Increment(ref _launchers));

    /// <summary>A launcher runs: whoever sweeps after us leaves it a moment to do so itself.</summary>
    public void NoteLauncher(int pid)
    {
        lock (_gate)
        {
            try
            {
                _entry?.Append($"{LauncherLine}{pid}\n");
            }
            catch (IOException)
            {
                // It is found by its mark all the same.
            }
        }
    }

    /// <summary>Ends what a launcher of this run has left.</summary>
    public void EndLeftovers(RunMark mark) => Tell(RunSweep.Kill(mark));

    /// <summary>Ends what any of this run's launchers has left; none runs any more.</summary>
    public void EndLeftovers() => EndLeftovers(new RunMark(Id));

    /// <summary>Begins to end what dead hosts have left, beside whatever else this host does.</summary>
    public void BeginSweep()
    {
        if (_folder is { } folder)
        {
            _sweeping = new Thread(() => SweepBeside(folder), 256 * 1024) { IsBackground = true, Name = "Snakepit sweep" };
            _sweeping.UnsafeStart();
        }
    }

    /// <summary>Ends what is left of hosts whose entries nobody holds; returns how many processes that were.</summary>
    public static int Sweep(string folder, CancellationToken cancellationToken)
    {
        int swept = 0;
        string place = Place();
        foreach (string path in Entries(folder))
        {
            if (!cancellationToken.IsCancellationRequested && RunEntry.TryClaim(path) is { } entry)
            {
                using (entry)
                {
                    swept += Sweep(path, entry, place, cancellationToken);
                }
            }
        }
        return swept;
    }

    /// <summary>The end: nothing of this run lives any more.</summary>
    public void Dispose()
    {
        _stopping.Cancel();
        _sweeping?.Join(s_joinTimeout);
        lock (_gate)
        {
            _entry?.Remove();
            _entry?.Dispose();
            _entry = null;
        }
    }

    private static int Sweep(string path, RunEntry entry, string place, CancellationToken cancellationToken)
    {
        if (RunEntry.RunOf(path) is not { } run)
        {
            entry.Remove(); // its host had started nothing yet
            return 0;
        }
        string[] lines = entry.Read().Split('\n');
        if (!lines.Contains(place) && lines.Any(static line => line.StartsWith(BootLine(), StringComparison.Ordinal)))
        {
            return 0; // process ids mean something else there; whoever starts in that place will know
        }
        var mark = new RunMark(run);
        AwaitLaunchers(lines, mark);
        int swept = RunSweep.Kill(mark, cancellationToken);
        if (!cancellationToken.IsCancellationRequested)
        {
            entry.Remove();
        }
        return swept;
    }

    /// <summary>A launcher that is about to end everything knows descendants that have shed their mark.</summary>
    private static void AwaitLaunchers(string[] lines, RunMark mark)
    {
        foreach (string line in lines.Where(static line => line.StartsWith(LauncherLine, StringComparison.Ordinal)))
        {
            if (int.TryParse(line.AsSpan(LauncherLine.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int pid)
                && RunSweep.TryHold(pid, mark.Pattern) is { } launcher)
            {
                _ = RunSweep.WaitForEnd(launcher, LauncherGraceMs);
                launcher.Dispose();
            }
        }
    }

    /// <summary>Entries, and those whose making was cut short.</summary>
    private static List<string> Entries(string folder) =>
        [.. Directory.EnumerateFiles(folder).Where(path => RunEntry.IsAbandoned(path) || RunEntry.RunOf(path) is not null)];

    private static string BootLine() => $"boot {File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim()} ";

    /// <summary>Where the ids of processes mean what they mean here.</summary>
    internal static string Place() => BootLine() + File.ResolveLinkTarget("/proc/self/ns/pid", returnFinalTarget: false)?.Name;

    private static long? StartOf(int pid)
    {
        Span<byte> path = stackalloc byte[64];
        byte[] stat = new byte[1024];
        return Utf8.TryWrite(path, $"/proc/{pid}/stat\0", out _) && ProcFile.Read(path, stat) is var count and > 0 ? ProcText.Started(stat.AsSpan(0, count)) : null;
    }

    private void SweepBeside(string folder)
    {
        try
        {
            Tell(Sweep(folder, _stopping.Token));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The folder was taken away under us. The next start sweeps.
        }
    }

    private void Tell(int swept)
    {
        if (swept > 0)
        {
            _onSwept(swept);
        }
    }
}
