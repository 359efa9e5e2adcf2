using System.Globalization;
using System.Text.Unicode;
using Snakepit.Processes.Interop.Linux;
using Snakepit.Python;

namespace Snakepit.Processes;

/// <summary>
/// One lifetime of a host. Later hosts of the same user learn of it by an entry in a private folder, locked while the host lives, and by
/// the mark on all processes that it starts. The next host that starts ends the processes that a dead host has left.
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

    /// <param name="onSwept">Gets the number of leftover processes that were ended.</param>
    public HostRun(Action<int>? onSwept = null) => _onSwept = onSwept ?? (static _ => { });

    public string Id { get; } = RunMark.NewRun();

    /// <summary>Writes this run's entry into the folder.</summary>
    /// <exception cref="IOException">The entry cannot be written. Everything but the sweep of the next start works without it.</exception>
    public void Register(string folder)
    {
        _entry = RunEntry.Create(folder, Id, $"host {Environment.ProcessId} {StartOf(Environment.ProcessId)}\n{Place()}\n");
        _folder = folder;
    }

    /// <summary>Returns the mark of the next launcher.</summary>
    public RunMark NextLauncher() => new(Id, Interlocked.Increment(ref _launchers));

    /// <summary>Records a launcher, so that a later sweep gives it a moment to end its processes itself.</summary>
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
                // A sweep finds the launcher by its mark, too.
            }
        }
    }

    /// <summary>Ends the processes that a launcher of this run has left.</summary>
    public void EndLeftovers(RunMark mark) => Tell(RunSweep.Kill(mark));

    /// <summary>Ends the processes that the launchers of this run have left; none of the launchers runs any more.</summary>
    public void EndLeftovers() => EndLeftovers(new RunMark(Id));

    /// <summary>Begins to end the processes of dead hosts in the background.</summary>
    public void BeginSweep()
    {
        if (_folder is { } folder)
        {
            _sweeping = new Thread(() => SweepBeside(folder), 256 * 1024) { IsBackground = true, Name = "Snakepit sweep" };
            _sweeping.UnsafeStart();
        }
    }

    /// <summary>Ends the processes of hosts whose entries are unlocked; returns how many.</summary>
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

    /// <summary>Ends the run, of which no process lives any more.</summary>
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
            entry.Remove(); // its host had not started a process yet
            return 0;
        }
        string[] lines = entry.Read().Split('\n');
        if (!lines.Contains(place) && lines.Any(static line => line.StartsWith(BootLine(), StringComparison.Ordinal)))
        {
            return 0; // process ids have another meaning there; the next host in that namespace sweeps
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

    /// <summary>Waits for launchers that are ending their processes: only they know descendants that have lost the mark.</summary>
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

    /// <summary>Returns the entries, and those that were left incomplete.</summary>
    private static List<string> Entries(string folder) =>
        [.. Directory.EnumerateFiles(folder).Where(path => RunEntry.IsAbandoned(path) || RunEntry.RunOf(path) is not null)];

    private static string BootLine() => $"boot {File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim()} ";

    /// <summary>Returns the boot and the process namespace, in which process ids have the same meaning as here.</summary>
    internal static string Place() => BootLine() + File.ResolveLinkTarget("/proc/self/ns/pid", returnFinalTarget: false)?.Name;

    /// <summary>Returns when a process has started, in clock ticks since the boot; null when it has ended.</summary>
    internal static long? StartOf(int pid)
    {
        Span<byte> path = stackalloc byte[64];
        byte[] stat = new byte[1024];
        return Utf8.TryWrite(path, $"/proc/{pid}/stat\0", out _) && ProcFile.Read(path, stat) is var count and > 0
            ? ProcText.Started(stat.AsSpan(0, count))
            : null;
    }

    private void SweepBeside(string folder)
    {
        try
        {
            Tell(Sweep(folder, _stopping.Token));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The folder was deleted meanwhile. The next start sweeps.
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
