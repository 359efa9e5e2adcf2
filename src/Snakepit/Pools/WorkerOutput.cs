using Snakepit.Telemetry;

namespace Snakepit.Pools;

/// <summary>What the pool keeps of a worker's output and for it.</summary>
/// <param name="share">What the output takes of the log's queue.</param>
internal sealed class WorkerOutput(OutputShare share)
{
    /// <summary>The last lines, for a death report.</summary>
    public LastLines Last { get; } = new();

    /// <inheritdoc cref="OutputShare"/>
    public OutputShare Share { get; } = share;

    /// <summary>The spans of the calls, for the log records.</summary>
    public RecentSpans Spans { get; } = new();
}
