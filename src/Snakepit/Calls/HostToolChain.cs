namespace Snakepit.Calls;

/// <summary>
/// The calls of workers' tools whose host tools lead to the present code, the innermost first. Calls that a host tool makes inherit their
/// deadline and, unless they have a token of their own, their cancellation.
/// </summary>
/// <param name="Outer">The call whose host tool made this call; null for the outermost.</param>
/// <param name="Pool">The pool of the call.</param>
/// <param name="Tool">Its tool.</param>
/// <param name="Call">Its key in the pool.</param>
/// <param name="Deadline">When it times out, by the clock of its runtime.</param>
/// <param name="Cancellation">Is cancelled when nobody waits for it any more.</param>
internal sealed record HostToolChain(
    HostToolChain? Outer, string Pool, string Tool, CallKey Call, long Deadline, CancellationToken Cancellation)
{
    private static readonly AsyncLocal<HostToolChain?> s_current = new();
    private static volatile bool s_isUsed;

    /// <summary>The chain of the present code; null outside of host tools.</summary>
    public static HostToolChain? Current => s_isUsed ? s_current.Value : null; // reading the context costs some ns

    /// <summary>Makes this the chain of what follows in the present asynchronous method.</summary>
    public void Enter()
    {
        s_isUsed = true;
        s_current.Value = this;
    }

    /// <summary>Returns whether a call of that pool is in the chain.</summary>
    public bool Has(string pool) => Pool == pool || Outer?.Has(pool) == true;

    /// <summary>The chain, outermost first: <c>text.split → text.count</c>.</summary>
    public override string ToString() => Outer is null ? $"{Pool}.{Tool}" : $"{Outer} → {Pool}.{Tool}";
}
