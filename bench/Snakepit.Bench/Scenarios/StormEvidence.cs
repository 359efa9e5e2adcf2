using System.Globalization;
using Snakepit.Bench.Measuring;

namespace Snakepit.Bench.Scenarios;

/// <summary>
/// The evidence of a storm: the first failure of a bystander with everything known at that time, and the causes of long gaps.
/// </summary>
/// <param name="method">The start method of the workers, which is part of the files' names.</param>
internal sealed class StormEvidence(StartMethod method)
{
    /// <summary>Longer gaps are explained one by one.</summary>
    public const double LongGapMs = 200;

    private static readonly TimeSpan s_before = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan s_lead = TimeSpan.FromSeconds(10);
    private readonly Lock _gate = new();
    private DateTimeOffset _failedAt;
    private string? _failure;
    private string? _trace;

    public Journal Journal { get; } = new();

    /// <summary>Records the failure of a call that may be a bystander. Only the first one counts.</summary>
    public void Fail(IWorkerPool pool, int call, Exception exception)
    {
        lock (_gate)
        {
            if (_failure is not null)
            {
                return;
            }
            _failedAt = TimeProvider.System.GetUtcNow();
            _failure = $"Call {call} failed at {_failedAt:O}:\n{exception}\n\nThe pool then: {PoolMoment.Of(pool.GetSnapshot())}\n";
            _trace = pool.DumpTrace();
        }
    }

    /// <summary>Writes the evidence and returns a line for each piece.</summary>
    /// <param name="folder">The folder to write to, which is created when there is evidence.</param>
    /// <param name="bystanders">The number of calls that failed although their worker was not killed.</param>
    /// <param name="gaps">All gaps, including short ones.</param>
    /// <param name="moments">The states of the pool over time.</param>
    /// <param name="stops">The times at which processes were stopped.</param>
    public IReadOnlyList<string> Save(
        string folder,
        int bystanders,
        IReadOnlyList<CapacityGap> gaps,
        IReadOnlyList<PoolMoment> moments,
        IReadOnlyList<(DateTimeOffset At, int Pid)> stops)
    {
        var said = new List<string>();
        (CapacityGap Gap, GapCause Cause)[] longGaps =
            [
                .. gaps
                    .Where(static gap => gap.Ms > LongGapMs)
                    .OrderBy(static gap => gap.From)
                    .Select(gap => (gap, GapCause.Of(gap, moments, stops))),
            ];
        if (bystanders == 0 && longGaps.Length == 0)
        {
            return said;
        }
        Directory.CreateDirectory(folder);
        if (bystanders > 0 && _failure is not null)
        {
            string history = Journal.Between(_failedAt - s_lead, _failedAt + s_lead);
            string bystander = Write(folder, "bystander.txt", $"{_failure}\n{history}");
            string trace = Write(folder, "trace.json", _trace!);
            said.Add($"{method}: {bystanders} bystanders failed; the first: {_failure.Split('\n')[1]}; {bystander}, {trace}");
        }
        foreach ((CapacityGap gap, GapCause cause) in longGaps)
        {
            said.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"{method}: {gap.Before} workers were back after {gap.Ms:0} ms, {gap.Report.Worker} {gap.Report.Description} " +
                $"{gap.Report.Where()}, {gap.OtherDeaths} more died meanwhile: {cause}"));
        }
        if (longGaps.Length > 0)
        {
            int first = said.Count - longGaps.Length;
            string text = string.Join("\n", longGaps.Select((one, i) =>
                $"{said[first + i]}\n{Journal.Between(one.Gap.From - s_before, one.Gap.To + s_before)}"));
            string capacity = Write(folder, "capacity.txt", text);
            said.Add(
                $"{method}: {longGaps.Length} of {gaps.Count} gaps were longer than {LongGapMs} ms; their history: {capacity}");
        }
        Write(folder, "journal.txt", Journal.All());
        return said;
    }

    private string Write(string folder, string name, string text)
    {
        string path = Path.Combine(folder, $"{method.ToString().ToLowerInvariant()}-{name}");
        File.WriteAllText(path, text);
        return Path.GetRelativePath(BenchFiles.Root, path);
    }
}
