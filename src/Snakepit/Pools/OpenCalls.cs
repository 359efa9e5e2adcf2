using Snakepit.Pools.Kernel;

namespace Snakepit.Pools;

/// <summary>The calls that the kernel knows, by the index in their keys. Used under the pool's lock.</summary>
internal sealed class OpenCalls(PoolContext pool)
{
    private readonly NestedCalls _nested = new(pool.Name);
    private UnaryCall?[] _calls = new UnaryCall?[64];
    private string[] _tools = new string[64]; // a worker may still run a call whose caller has given up

    /// <summary>The present length of the table; read without the lock.</summary>
    public int Capacity => Volatile.Read(ref _calls).Length;

    public void Add(UnaryCall call, CallKey key, bool queued)
    {
        call.Key = key;
        call.Queued = queued;
        if (key.Index >= _calls.Length)
        {
            Array.Resize(ref _tools, Math.Max(_calls.Length * 2, key.Index + 1));
            Array.Resize(ref _calls, _tools.Length);
        }
        _calls[key.Index] = call;
        _tools[key.Index] = call.Tool;
    }

    /// <inheritdoc cref="NestedCalls.TryAdd_NeedsLock"/>
    public Outcome TryNest(UnaryCall call, in NestedPlaces places) => _nested.TryAdd_NeedsLock(call, places, Find);

    /// <inheritdoc cref="NestedCalls.Remove_NeedsLock"/>
    public void Unnest(UnaryCall call) => _nested.Remove_NeedsLock(call);

    /// <summary>Returns the call that is open at an index; null when its caller has given up.</summary>
    public UnaryCall? At(int index) => _calls[index];

    /// <summary>Returns the call, unless it has ended.</summary>
    public UnaryCall? Find(CallKey key) => _calls[key.Index] is { } call && call.Key == key ? call : null;

    /// <summary>Returns the tool of the last call that was open at an index.</summary>
    public string ToolAt(int index) => _tools[index];

    /// <summary>Returns a range of the calls.</summary>
    public ReadOnlySpan<UnaryCall?> Some(int from, int count) => _calls.AsSpan(from, Math.Min(count, _calls.Length - from));

    /// <summary>Ends a call that the kernel has completed.</summary>
    /// <param name="effect">The outcome of the call.</param>
    /// <param name="death">The report on its worker's end, if it has ended.</param>
    public EndedCall End(in Effect effect, DeathReport? death)
    {
        UnaryCall call = _calls[effect.Call.Index]!;
        _calls[effect.Call.Index] = null;
        Unnest(call);
        return new EndedCall(call, new CallEnd(
            effect.Outcome, call.ReplyKind, pool.IdOf(effect.Worker), effect.Worker.IsNone ? null : death, effect.QueueLength));
    }

    /// <summary>Ends all calls, because a defect has ended the kernel.</summary>
    /// <returns>The number of calls.</returns>
    public int EndAll(string defect, List<EndedCall> ended)
    {
        int before = ended.Count;
        _nested.Clear_NeedsLock();
        foreach (ref UnaryCall? call in _calls.AsSpan())
        {
            if (call is not null)
            {
                Outcome outcome = call.IsAnswered
                    ? Outcome.Replied
                    : call.Worker.IsNone ? Outcome.WorkerLostNotStarted : Outcome.WorkerLostMayHaveRun;
                ended.Add(new EndedCall(call, new CallEnd(outcome, call.ReplyKind, pool.IdOf(call.Worker), Defect: defect)));
                call = null;
            }
        }
        return ended.Count - before;
    }
}
