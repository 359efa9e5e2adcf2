using Microsoft.Extensions.Logging;
using Snakepit.Processes;
using Snakepit.Telemetry;

namespace Snakepit.Lifecycle;

/// <summary>
/// Finds the processes that belong to each worker, for all workers at once, and decides when to do so again. For the sampler's thread.
/// </summary>
internal sealed class FamilyScan(IProcessTable table, ILogger logger)
{
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);

    // Only a scan finds children that were started by other threads than the main one.
    private static readonly TimeSpan s_every = TimeSpan.FromSeconds(10);

    // Scans use at most this part of a processor, however many processes the machine has.
    private const int Share = 200;

    private readonly Dictionary<int, SampledProcess> _byPid = [];
    private Action<ProcessFamily>? _sort;
    private TimeSpan _rested; // the time at which the last scan has used no more than its share
    private TimeSpan _due;

    public bool IsDue(TimeSpan now) => now >= _due;

    /// <summary>A worker has child processes, so others may follow soon.</summary>
    public void Hasten() => _due = TimeSpan.FromTicks(Math.Min(_due.Ticks, (_rested + s_second).Ticks));

    /// <summary>Takes the processes to scan for.</summary>
    public void Take(List<SampledProcess> processes)
    {
        _byPid.Clear();
        foreach (SampledProcess process in processes)
        {
            _byPid[process.Pid] = process;
        }
    }

    public void Run()
    {
        foreach (SampledProcess process in _byPid.Values)
        {
            process.Members.BeginScan();
        }
        try
        {
            table.Scan(_sort ??= Sort);
            foreach (SampledProcess process in _byPid.Values)
            {
                process.Members.EndScan();
            }
        }
        catch (Exception e)
        {
            logger.SamplingError(e); // for example, this process has no descriptor left: the next scan may have one
        }
    }

    /// <summary>Records the duration of a scan.</summary>
    public void NoteRun(TimeSpan begun, TimeSpan ended)
    {
        _rested = ended + ((ended - begun) * Share);
        _due = _rested + s_every;
    }

    private void Sort(ProcessFamily family)
    {
        if (!_byPid.ContainsKey(family.Pid)
            && (_byPid.TryGetValue(family.Session, out SampledProcess? worker) || _byPid.TryGetValue(family.Group, out worker)))
        {
            worker.Members.Found(family.Pid);
        }
    }
}
