namespace Snakepit.Telemetry;

/// <summary>Something to be written to a log or told to the listeners of a meter.</summary>
internal abstract class TelemetryRecord
{
    /// <summary>How many characters it holds of what a worker has printed; 0: it is Snakepit's own.</summary>
    public int Text { get; protected init; }

    /// <summary>Writes it. When user code throws, this record is lost, and nothing else.</summary>
    public void TryWrite()
    {
        try
        {
            Write();
        }
        catch (Exception)
        {
            // Where could it be told?
        }
    }

    protected abstract void Write();
}
