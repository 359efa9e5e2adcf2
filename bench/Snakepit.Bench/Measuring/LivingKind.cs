namespace Snakepit.Bench.Measuring;

/// <summary>The kinds of calls that are more than one reply.</summary>
internal enum LivingKind
{
    /// <summary>A stream of results, half of them with a stream among its arguments.</summary>
    Stream,

    /// <summary>A call of a session that prefers its worker.</summary>
    Hint,

    /// <summary>A call of a session that has to run in its worker.</summary>
    Strict,

    /// <summary>A call that calls the host, which calls a tool in turn.</summary>
    Nested,

    /// <summary>What the host calls for a nested call.</summary>
    Leaf,
}
