using Microsoft.Extensions.Logging;
using Snakepit.Processes;
using Snakepit.Telemetry;

namespace Snakepit.Lifecycle;

/// <summary>Finds out which processes belong to which worker, for all workers at once, and when that is to be done again. For the sampler's
/// thread.</summary>
internal sealed class FamilyScan(IProcessTable table, ILogger logger)
{
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);

    // Children that other threads than the main one have started are seen by a scan only.
    private static readonly TimeSpan s_every = TimeSpan.FromSeconds(10);

    // No more than that part of a processor goes into scans, however many processes the machine has.
    private const int Share = 200;

    private readonly Dictionary<int, SampledProcess> _byPid = [];
    private Action<ProcessFamily>? _sort;
    private TimeSpan _rested; // by then the last scan has used no more than its share
    private TimeSpan _due;

    public bool IsDue(TimeSpan now) => now >= _due;

    /// <summary>A worker has child processes: others may come soon.</summary>
    public void Hasten() => _due = TimeSpan.FromTicks(Math.Min(_due.Ticks, (_rested + s_second).Ticks));

    /// <summary>These are to be scanned for.</summary>
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
            logger.SamplingError(e); // this process has no descriptor left, say: the next scan may
        }
    }

    /// <summary>A scan took from one time to the other.</summary>
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
