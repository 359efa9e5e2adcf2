namespace Snakepit.Telemetry;

/// <summary>A record for a log, or a measurement for the listeners of a meter.</summary>
internal abstract class TelemetryRecord
{
    /// <summary>The characters of workers' output in the record; 0 for Snakepit's own records.</summary>
    public int Text { get; protected init; }

    /// <summary>What the output of its worker takes of the queue; null when it is not counted.</summary>
    public OutputShare? Share { get; protected init; }

    /// <summary>Writes the record. When user code throws, only this record is lost.</summary>
    public void TryWrite()
    {
        try
        {
            Write();
        }
        catch (Exception)
        {
            // There is nowhere to report it.
        }
    }

    protected abstract void Write();
}
