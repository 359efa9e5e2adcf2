using Snakepit.Bench.Measuring;
using Snakepit.Processes.Interop.Linux;

namespace Snakepit.Bench.Scenarios;

/// <summary>Ends workers of a pool at random moments, in every way and in every state, including the start.</summary>
/// <param name="pool">The pool.</param>
/// <param name="exitFile">A file. The next worker that loads the adapter while it exists deletes it and exits.</param>
/// <param name="killsPerSecond">The average number of kills per second.</param>
/// <param name="journal">The journal for its actions.</param>
/// <param name="seed">The seed of its random choices.</param>
internal sealed class ChaosKiller(IWorkerPool pool, string exitFile, double killsPerSecond, Journal journal, int seed)
{
    private readonly Random _random = new(seed);
    private readonly HashSet<WorkerId> _killed = [];
    private readonly List<Task> _calls = [];
    private readonly List<(DateTimeOffset At, int Pid)> _stops = [];

    /// <summary>The number of signals, of calls of tools that end their worker, and of exits at import.</summary>
    public int Kills { get; private set; }

    /// <summary>The workers that were killed, or may have been.</summary>
    public IReadOnlyCollection<WorkerId> Killed => _killed;

    /// <summary>The times at which processes were stopped.</summary>
    public IReadOnlyList<(DateTimeOffset At, int Pid)> Stops => _stops;

    public bool HasKilled(WorkerId worker)
    {
        lock (_killed)
        {
            return _killed.Contains(worker);
        }
    }

    public async Task KillAsync(TimeSpan duration, CancellationToken cancellation)
    {
        foreach (int _ in Deadline.Until(duration, cancellation))
        {
            await Task.Delay(TimeSpan.FromSeconds(-Math.Log(1 - _random.NextDouble()) / killsPerSecond), cancellation);
            KillOne();
        }
        await Task.WhenAll(_calls);
    }

    private void KillOne()
    {
        switch (_random.Next(40))
        {
            case 0 or 1:
                Signal(Victim.Stop); // rare, because each keeps a worker from working until the pool finds out
                break;
            case 2:
                File.WriteAllText(exitFile, "");
                journal.Add("kill: the next worker that loads its adapter exits");
                Kills++;
                Signal(Libc.SigKill); // the replacement finds the file
                break;
            case < 12 when _calls.All(static call => call.IsCompleted):
                _calls.Add(CallAsync("fault", _calls.Count));
                break;
            case < 22 when _calls.All(static call => call.IsCompleted): // waiting calls would end every new worker at once
                _calls.Add(CallAsync("leave", _calls.Count));
                break;
            default:
                Signal(Libc.SigKill);
                break;
        }
    }

    private void Signal(int signal)
    {
        WorkerSnapshot[] alive = Alive();
        if (alive.Length == 0)
        {
            return;
        }
        WorkerSnapshot victim = alive[_random.Next(alive.Length)];
        lock (_killed)
        {
            _killed.Add(victim.Id); // before the pool can report its end
        }
        DateTimeOffset at = TimeProvider.System.GetUtcNow();
        if (Victim.Signal(pool, victim, signal))
        {
            Kills++;
            string name = signal == Victim.Stop ? "SIGSTOP" : "SIGKILL";
            journal.Add(at, $"kill: {name} to {victim.Id}, process {victim.Pid}, {victim.State}");
            if (signal == Victim.Stop)
            {
                _stops.Add((at, victim.Pid));
            }
        }
    }

    private async Task CallAsync(string tool, int number)
    {
        journal.Add($"kill: calls {tool}({number})");
        try
        {
            await pool.ExecuteAsync(tool, ToolArguments.Positional(number)); // a repeated input would be quarantined
            throw new InvalidRunException($"A worker has survived {tool}.");
        }
        catch (WorkerLostException e)
        {
            Kills++;
            lock (_killed)
            {
                _killed.Add(e.Worker);
            }
            journal.Add($"kill: {tool}({number}) has ended {e.Worker}");
        }
        catch (SnakepitException e)
        {
            journal.Add($"kill: {tool}({number}) found no worker to end: {e.Message}");
        }
    }

    private WorkerSnapshot[] Alive() =>
        [.. pool.GetSnapshot().Workers.Where(static worker => worker is { State: WorkerState.Booting or WorkerState.Serving, Pid: > 0 })];
}
