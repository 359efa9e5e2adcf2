using Snakepit.Telemetry;

namespace Snakepit.Pools;

/// <summary>What the pool keeps of a worker's output and for it.</summary>
/// <param name="share">What the output takes of the log's queue.</param>
/// <param name="signals">What its measurements, events and spans take of the queue of the meter.</param>
internal sealed class WorkerOutput(OutputShare share, OutputShare signals)
{
    /// <summary>The last lines, for a death report.</summary>
    public LastLines Last { get; } = new();

    /// <inheritdoc cref="OutputShare"/>
    public OutputShare Share { get; } = share;

    /// <summary>What its measurements, events and spans take of the queue of the meter.</summary>
    public OutputShare Signals { get; } = signals;

    /// <summary>The spans of the calls, for what the worker tells in them.</summary>
    public RecentSpans Spans { get; } = new();
}
