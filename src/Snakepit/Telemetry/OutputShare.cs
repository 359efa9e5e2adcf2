namespace Snakepit.Telemetry;

/// <summary>
/// What the output of one worker takes of a <see cref="RecordQueue"/>, which alone changes it: one worker must not take the room of others.
/// </summary>
/// <param name="tellDropped">Reports how many lines and records had to be dropped.</param>
internal sealed class OutputShare(Action<long> tellDropped)
{
    /// <summary>The records that wait.</summary>
    public int Records { get; set; }

    /// <summary>Their characters.</summary>
    public int Text { get; set; }

    /// <summary>The records that were dropped since the last report.</summary>
    public long Dropped { get; set; }

    /// <summary>Reports how many records were dropped.</summary>
    public void TellDropped(long count) => tellDropped(count);
}
