using System.Diagnostics;

namespace Snakepit.Telemetry;

/// <summary>A measurement that is recorded on the queue's thread.</summary>
internal sealed class LaterMeasurement<T> : TelemetryRecord
{
    private readonly Recorder _record;
    private readonly T _value;
    private readonly TagList _tags;

    /// <param name="record">Records it.</param>
    /// <param name="value">The value.</param>
    /// <param name="tags">The tags.</param>
    /// <param name="share">What the worker that it comes from takes of the queue; null for a measurement of the pool's.</param>
    public LaterMeasurement(Recorder record, T value, in TagList tags, OutputShare? share = null)
    {
        _record = record;
        _value = value;
        _tags = tags;
        (Share, Text) = (share, share is null ? 0 : 1);
    }

    public delegate void Recorder(T value, in TagList tags);

    protected override void Write() => _record(_value, in _tags);
}
