namespace Snakepit.Bench.Scenarios;

/// <summary>The load and the workers of a storm.</summary>
internal enum StormKind
{
    /// <summary>Plain calls.</summary>
    Plain,

    /// <summary>A third of the load are streams, calls of sessions and nested calls.</summary>
    Mixed,

    /// <summary>As <see cref="Mixed"/>, and workers run several calls at once, on threads.</summary>
    Threads,
}
