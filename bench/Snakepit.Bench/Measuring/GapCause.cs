using System.Globalization;

namespace Snakepit.Bench.Measuring;

/// <summary>The causes of a gap.</summary>
/// <param name="PauseMs">The time in which no start was allowed.</param>
/// <param name="StoppedMs">The time in which a starting process was stopped.</param>
/// <param name="TurnMs">The time in which slots waited for their turn while another slot started.</param>
/// <param name="BootingMs">The time in which all missing workers were starting.</param>
/// <param name="OtherMs">The rest of the time.</param>
/// <param name="Pauses">The reasons of the pauses.</param>
internal sealed record GapCause(
    double PauseMs,
    double StoppedMs,
    double TurnMs,
    double BootingMs,
    double OtherMs,
    IReadOnlyList<string> Pauses)
{
    /// <summary>The cause of the largest part.</summary>
    public string Main => new (double Ms, string Cause)[]
        {
            (PauseMs, $"pause after {string.Join(" and ", Pauses)}"),
            (StoppedMs, "a starting process was stopped, until the pool found out"),
            (TurnMs, "slots waited for their turn to start"),
            (BootingMs, "processes booted"),
            (OtherMs, "workers died one after another"),
        }.MaxBy(static part => part.Ms).Cause;

    /// <param name="gap">The gap.</param>
    /// <param name="moments">The states of the pool over time.</param>
    /// <param name="stops">The times at which processes were sent SIGSTOP.</param>
    public static GapCause Of(CapacityGap gap, IReadOnlyList<PoolMoment> moments, IReadOnlyList<(DateTimeOffset At, int Pid)> stops)
    {
        double pause = 0, stopped = 0, turn = 0, booting = 0, other = 0;
        var pauses = new SortedSet<string>(StringComparer.Ordinal);
        for (int i = 0; i + 1 < moments.Count; i++)
        {
            PoolMoment moment = moments[i];
            DateTimeOffset begin = moment.At > gap.From ? moment.At : gap.From;
            DateTimeOffset end = moments[i + 1].At < gap.To ? moments[i + 1].At : gap.To;
            double ms = (end - begin).TotalMilliseconds;
            if (ms <= 0)
            {
                continue;
            }
            if (moment.Pause is { } cause)
            {
                pause += ms;
                pauses.Add(cause);
            }
            else if (moment.Starting.Any(pid => stops.Any(stop => stop.Pid == pid && stop.At <= moment.At)))
            {
                stopped += ms;
            }
            else if (moment.Starting.Count > 0 && moment.Missing > 0)
            {
                turn += ms;
            }
            else if (moment.Starting.Count > 0)
            {
                booting += ms;
            }
            else
            {
                other += ms;
            }
        }
        return new GapCause(pause, stopped, turn, booting, other, [.. pauses]);
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Main} (pauses {PauseMs:0} ms, stopped {StoppedMs:0} ms, turn {TurnMs:0} ms, booting {BootingMs:0} ms, other {OtherMs:0} ms)");
}
