using Snakepit.Pools.Kernel;

namespace Snakepit.Pools;

/// <summary>Says to the kernel what it must know of calls.</summary>
internal static class CallSpecs
{
    /// <summary>Returns what the kernel gets to know of a call.</summary>
    public static CallSpec Of(
        in KnownTool known, long deadline, ToolCallOptions? options, SessionRecord? session, int bytes) => options is null
        ? new CallSpec(deadline, known.Idempotent, known.Number, bytes, Cancellation: known.Cancellation)
        : new CallSpec(
            deadline, options.Idempotent ?? known.Idempotent, known.Number, bytes, options.Priority, KeyOf(options.FairnessKey),
            Cancellation: known.Cancellation, Session: session?.Number ?? 0, Affinity: AffinityOf(options));

    /// <summary>
    /// Returns the kernel's number for a key: a hash, so that no table of keys is needed. In the unlikely case of a collision, two keys
    /// take turns together.
    /// </summary>
    private static ulong KeyOf(string? key) => key is null ? 0 : SecretHash.Of(key);

    private static Affinity AffinityOf(ToolCallOptions options) =>
        options.Session is WorkerSession session ? (Affinity)(options.Affinity ?? session.Affinity) : Affinity.Hint;
}
