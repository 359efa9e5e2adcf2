using System.Collections.Immutable;
using Snakepit.Frames;
using Snakepit.Pools.Kernel;

namespace Snakepit.Pools;

/// <summary>Inputs that crash workers: their hashes for the kernel, and their names for users.</summary>
internal sealed class SuspectInputs(PoolContext pool, PoolCore core, OpenCalls calls) : IKernelBound
{
    private const int MaxKnown = 512;
    private const int CallsPerLook = 256; // of the waiting calls, under the lock
    private readonly Dictionary<ulong, (string Tool, DeathReport Last)> _inputs = []; // of suspects
    private volatile ImmutableHashSet<string> _tools = []; // tools whose calls are hashed

    /// <summary>Called before the arguments of a call are hashed, which may take long. Tests can delay it here.</summary>
    public Action? Hashing { get; set; }

    /// <summary>Clears the suspicion of the inputs of a tool, or of all tools.</summary>
    /// <returns>The number of inputs that were under suspicion.</returns>
    public int Lift(string? tool) => core.Step((inputs: this, tool), static (in order, batch) =>
    {
        (SuspectInputs inputs, string? tool) = order;
        ulong[] lifted = [.. inputs._inputs.Where(input => tool is null || input.Value.Tool == tool).Select(static input => input.Key)];
        foreach (ulong input in lifted)
        {
            inputs.Apply_NeedsLock(new KernelStep(StepKind.LiftQuarantine, inputs.Now) { Input = input }, batch);
        }
        inputs.RemoveCleared_NeedsLock();
        return lifted.Length;
    });

    /// <summary>Returns the hash of a call's input. It costs nothing until a worker has crashed in a call of that tool.</summary>
    public ulong Of(UnaryCall call) => call.Input = _tools.Contains(call.Tool) ? Hash(call) : 0;

    /// <summary>
    /// A worker has ended while it ran these calls. From now on their tools are suspect: before the worker's end is handled, calls of such
    /// tools that have no hash yet get one. This is done outside the lock, because there may be many and large ones.
    /// </summary>
    public void Identify(ReadOnlySpan<CallKey> begun)
    {
        if (begun.IsEmpty || pool.Options.Crash.QuarantineAfter is null)
        {
            return;
        }
        foreach ((UnaryCall call, CallKey key) in FindUnidentified(begun.ToArray()))
        {
            // The memory of a call that ends meanwhile may belong to another call. Then the hash is wrong for both, and is not used.
            core.Step((inputs: this, call, key, input: Hash(call)), static (in found, batch) =>
            {
                if (found.inputs.Find_NeedsLock(found.key) == found.call)
                {
                    found.call.Input = found.input;
                    found.inputs.Apply_NeedsLock(
                        new KernelStep(StepKind.Identify, found.inputs.Now) { Call = found.key, Input = found.input }, batch);
                }
                return 0;
            });
        }
    }

    /// <summary>A worker has crashed in these calls.</summary>
    public void Note_NeedsLock(ReadOnlySpan<CallKey> begun, DeathReport death)
    {
        foreach (CallKey key in begun)
        {
            if (calls.Find(key) is { Input: not 0 } call && (_inputs.Count < MaxKnown || _inputs.ContainsKey(call.Input)))
            {
                _inputs[call.Input] = (call.Tool, death);
            }
        }
    }

    /// <summary>Drops the inputs that the kernel does not suspect any more.</summary>
    public void RemoveCleared_NeedsLock()
    {
        if (_tools.IsEmpty)
        {
            return;
        }
        foreach (ulong input in _inputs.Keys.Except(core.Kernel.Suspects.Select(static suspect => suspect.Input)).ToArray())
        {
            _inputs.Remove(input);
        }
        _tools = [.. _inputs.Values.Select(static input => input.Tool)];
    }

    /// <summary>Returns the input with this hash, if it is in quarantine.</summary>
    public QuarantinedInput? Find_NeedsLock(ulong hash)
    {
        long now = Now;
        return core.Kernel.Suspects.Where(suspect => suspect.Input == hash && suspect.Until > now)
            .Select(suspect => Describe_NeedsLock(suspect, now)).FirstOrDefault();
    }

    public QuarantinedInput Describe_NeedsLock(in Suspect suspect, long now)
    {
        (string? tool, DeathReport? last) = _inputs.GetValueOrDefault(suspect.Input);
        DateTimeOffset clock = pool.Clock.UtcNow;
        return new QuarantinedInput
        {
            Tool = tool ?? "",
            Hash = suspect.Input,
            Deaths = suspect.Deaths,
            FirstDeathAt = clock - pool.Clock.Elapsed(suspect.Since, now),
            Until = suspect.Until > now ? clock + pool.Clock.Elapsed(now, suspect.Until) : clock,
            LastDeath = last,
        };
    }

    void IKernelBound.OnKernelReplaced_NeedsLock()
    {
        _inputs.Clear();
        _tools = [];
    }

    private long Now => pool.Clock.Now;

    private ulong Hash(UnaryCall call)
    {
        Hashing?.Invoke();
        ReadOnlySpan<byte> body = call.Body.Frame.Span[Protocol.ExtendedHeaderSize..];
        int extras = call.Request.Session is null ? -1 : body.LastIndexOf("session"u8); // the same input may come in many sessions
        return SecretHash.Of(extras < 0 ? body : body[..extras]);
    }

    private void Apply_NeedsLock(in KernelStep step, StepBatch batch) => core.Apply_NeedsLock(step, batch);

    private UnaryCall? Find_NeedsLock(CallKey key) => calls.Find(key);

    private List<(UnaryCall Call, CallKey Key)> FindUnidentified(CallKey[] begun)
    {
        List<(UnaryCall, CallKey)> found = [];
        List<string> tools = core.Locked(
            (inputs: this, begun, found),
            static look => look.inputs.Suspect_NeedsLock(look.begun, look.found));
        foreach (string tool in tools)
        {
            for (int from = 0; from < calls.Capacity; from += CallsPerLook)
            {
                // Other threads get the lock in between, because there may be any number of calls.
                core.Locked(
                    (calls, tool, from, found),
                    static look => AddUnidentified(look.calls.Some(look.from, CallsPerLook), look.tool, look.found));
            }
        }
        return found;
    }

    /// <returns>The tools of these calls that were not suspect before.</returns>
    private List<string> Suspect_NeedsLock(CallKey[] begun, List<(UnaryCall Call, CallKey Key)> found)
    {
        List<string> tools = [];
        foreach (CallKey key in begun)
        {
            if (calls.Find(key) is not { Request.IsCheck: false } call)
            {
                continue;
            }
            if (!_tools.Contains(call.Tool))
            {
                _tools = _tools.Add(call.Tool); // calls submitted from now on are hashed, and need not be searched for
                tools.Add(call.Tool);
            }
            else if (call.Input == 0)
            {
                found.Add((call, key)); // it was about to be submitted when its tool became suspect
            }
        }
        return tools;
    }

    private static void AddUnidentified(ReadOnlySpan<UnaryCall?> some, string tool, List<(UnaryCall Call, CallKey Key)> found)
    {
        foreach (UnaryCall? call in some)
        {
            if (call is { Request.IsCheck: false, Input: 0 } && call.Tool == tool)
            {
                found.Add((call, call.Key));
            }
        }
    }
}
