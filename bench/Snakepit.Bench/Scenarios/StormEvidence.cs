using System.Globalization;
using Snakepit.Bench.Measuring;

namespace Snakepit.Bench.Scenarios;

/// <summary>What is kept of a storm: the first failure of a bystander with all that was known then, and why workers were missing for long.</summary>
/// <param name="method">How its workers were started; part of the files' names.</param>
internal sealed class StormEvidence(StartMethod method)
{
    /// <summary>Gaps from this on are explained one by one.</summary>
    public const double LongGapMs = 200;

    private static readonly TimeSpan s_before = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan s_lead = TimeSpan.FromSeconds(10);
    private readonly Lock _gate = new();
    private DateTimeOffset _failedAt;
    private string? _failure;
    private string? _trace;

    public Journal Journal { get; } = new();

    /// <summary>A call failed that may be a bystander's. Only the first counts.</summary>
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

    /// <summary>Writes what there is, and returns a line on each of it.</summary>
    /// <param name="folder">Where to; created when there is something.</param>
    /// <param name="bystanders">How many calls failed though their worker was not killed.</param>
    /// <param name="gaps">All of them, the short ones too.</param>
    /// <param name="moments">The pool, moment by moment.</param>
    /// <param name="stops">When which process was stopped.</param>
    public IReadOnlyList<string> Save(
        string folder, int bystanders, IReadOnlyList<CapacityGap> gaps, IReadOnlyList<PoolMoment> moments, IReadOnlyList<(DateTimeOffset At, int Pid)> stops)
    {
        var said = new List<string>();
        (CapacityGap Gap, GapCause Cause)[] longGaps =
            [.. gaps.Where(static gap => gap.Ms > LongGapMs).OrderBy(static gap => gap.From).Select(gap => (gap, GapCause.Of(gap, moments, stops)))];
        if (bystanders == 0 && longGaps.Length == 0)
        {
            return said;
        }
        Directory.CreateDirectory(folder);
        if (bystanders > 0 && _failure is not null)
        {
            string history = Journal.Between(_failedAt - s_lead, _failedAt + s_lead);
            said.Add($"{method}: {bystanders} bystanders failed; the first: {_failure.Split('\n')[1]}; {Write(folder, "bystander.txt", $"{_failure}\n{history}")}, {Write(folder, "trace.json", _trace!)}");
        }
        foreach ((CapacityGap gap, GapCause cause) in longGaps)
        {
            said.Add(string.Create(CultureInfo.InvariantCulture, $"{method}: {gap.Before} workers were back after {gap.Ms:0} ms, {gap.Report.Worker} {gap.Report.Description} {gap.Report.Where()}, {gap.OtherDeaths} more died meanwhile: {cause}"));
        }
        if (longGaps.Length > 0)
        {
            string text = string.Join("\n", longGaps.Select((one, i) => $"{said[said.Count - longGaps.Length + i]}\n{Journal.Between(one.Gap.From - s_before, one.Gap.To + s_before)}"));
            said.Add($"{method}: {longGaps.Length} of {gaps.Count} gaps were longer than {LongGapMs} ms; their history: {Write(folder, "capacity.txt", text)}");
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
