using System.Collections.Immutable;
using Snakepit.Frames;
using Snakepit.Pools.Kernel;

namespace Snakepit.Pools;

/// <content>Inputs that kill workers: their hashes for the kernel, their names for everybody else.</content>
internal sealed partial class WorkerPool
{
    private const int MaxKnownInputs = 512;
    private const int CallsPerLook = 256; // of those that wait, under the lock
    private readonly Dictionary<ulong, (string Tool, DeathReport Last)> _inputs = []; // of suspects
    private volatile ImmutableHashSet<string> _suspectTools = []; // whose calls tell their input

    /// <summary>Called before the arguments of a call are hashed, which may take long: tests hold it up here.</summary>
    internal Action? Hashing { get; set; }

    public int LiftQuarantine(string? tool) => Step(tool, static (pool, in tool, batch) =>
    {
        string? wanted = tool;
        ulong[] lifted = [.. pool._inputs.Where(input => wanted is null || input.Value.Tool == wanted).Select(static input => input.Key)];
        foreach (ulong input in lifted)
        {
            pool._trace.Apply(new KernelStep(StepKind.LiftQuarantine, pool._time.GetTimestamp()) { Input = input }, batch.Effects);
        }
        pool.ForgetInputs_NeedsLock();
        return lifted.Length;
    });

    /// <summary>Costs nothing until a worker has died of a call of that tool.</summary>
    private ulong InputOf(UnaryCall call) => call.Input = _suspectTools.Contains(call.Tool) ? HashOf(call) : 0;

    private ulong HashOf(UnaryCall call)
    {
        Hashing?.Invoke();
        return SecretHash.Of(call.Body.Frame.Span[Protocol.ExtendedHeaderSize..]);
    }

    /// <summary>A worker has ended while it ran these calls. Their tools are suspect from now on: before its end is told, calls of such a tool that have no
    /// hash yet get one, outside the lock, for there may be many and large ones.</summary>
    private void Identify(ReadOnlySpan<CallKey> begun)
    {
        if (begun.IsEmpty || _options.Crash.QuarantineAfter is null)
        {
            return;
        }
        foreach ((UnaryCall call, CallKey key) in SuspectCalls(begun))
        {
            // A call that ends meanwhile gives its memory to another. Then the hash is of neither, and is not used.
            Step((call, key, input: HashOf(call)), static (pool, in found, batch) =>
            {
                if (pool._calls[found.key.Index] == found.call && found.call.Key == found.key)
                {
                    found.call.Input = found.input;
                    pool._trace.Apply(
                        new KernelStep(StepKind.Identify, pool._time.GetTimestamp()) { Call = found.key, Input = found.input }, batch.Effects);
                }
                return 0;
            });
        }
    }

    private List<(UnaryCall Call, CallKey Key)> SuspectCalls(ReadOnlySpan<CallKey> begun)
    {
        List<(UnaryCall, CallKey)> found = [];
        foreach (string tool in NewSuspects(begun, found))
        {
            for (int from = 0; from < Volatile.Read(ref _calls).Length; from += CallsPerLook)
            {
                AddUnidentified(tool, from, found); // others have the lock in between: there may be any number of calls
            }
        }
        return found;
    }

    /// <returns>The tools of these calls that were above suspicion.</returns>
    private List<string> NewSuspects(ReadOnlySpan<CallKey> begun, List<(UnaryCall Call, CallKey Key)> found)
    {
        List<string> tools = [];
        lock (_gate)
        {
            foreach (CallKey key in begun)
            {
                if (_calls[key.Index] is not { Request.IsCheck: false } call || call.Key != key)
                {
                    continue;
                }
                if (!_suspectTools.Contains(call.Tool))
                {
                    _suspectTools = _suspectTools.Add(call.Tool); // calls submitted from here on tell their input, and need not be looked for
                    tools.Add(call.Tool);
                }
                else if (call.Input == 0)
                {
                    found.Add((call, key)); // it was about to be submitted when its tool became suspect
                }
            }
        }
        return tools;
    }

    /// <summary>Finds calls of the tool without a hash among some of those that the pool has.</summary>
    private void AddUnidentified(string tool, int from, List<(UnaryCall Call, CallKey Key)> found)
    {
        lock (_gate)
        {
            foreach (UnaryCall? call in _calls.AsSpan(from, Math.Min(CallsPerLook, _calls.Length - from)))
            {
                if (call is { Request.IsCheck: false, Input: 0 } && call.Tool == tool)
                {
                    found.Add((call, call.Key));
                }
            }
        }
    }

    private void NoteInputs_NeedsLock(ReadOnlySpan<CallKey> begun, DeathReport death)
    {
        foreach (CallKey key in begun)
        {
            if (_calls[key.Index] is { Input: not 0 } call && call.Key == key && (_inputs.Count < MaxKnownInputs || _inputs.ContainsKey(call.Input)))
            {
                _inputs[call.Input] = (call.Tool, death);
            }
        }
    }

    private void ForgetInputs_NeedsLock()
    {
        if (_suspectTools.IsEmpty)
        {
            return;
        }
        foreach (ulong input in _inputs.Keys.Except(_kernel.Suspects.Select(static suspect => suspect.Input)).ToArray())
        {
            _inputs.Remove(input);
        }
        _suspectTools = [.. _inputs.Values.Select(static input => input.Tool)];
    }

    private QuarantinedInput Describe_NeedsLock(in Suspect suspect, long now)
    {
        (string? tool, DeathReport? last) = _inputs.GetValueOrDefault(suspect.Input);
        DateTimeOffset clock = _time.GetUtcNow();
        return new QuarantinedInput
        {
            Tool = tool ?? "",
            Hash = suspect.Input,
            Deaths = suspect.Deaths,
            FirstDeathAt = clock - Elapsed(suspect.Since, now),
            Until = suspect.Until > now ? clock + Elapsed(now, suspect.Until) : clock,
            LastDeath = last,
        };
    }

    private InputQuarantinedException Quarantined(string tool, ulong hash)
    {
        QuarantinedInput? input;
        lock (_gate)
        {
            long now = _time.GetTimestamp();
            input = _kernel.Suspects.Where(suspect => suspect.Input == hash && suspect.Until > now).Select(suspect => Describe_NeedsLock(suspect, now)).FirstOrDefault();
        }
        string history = input is null ? "" : $" {input.Deaths} workers have died since {input.FirstDeathAt:u}; the input is rejected until {input.Until:u}.";
        string last = input?.LastDeath is { } death ? $" The last death: {death.Description}." : "";
        return new InputQuarantinedException(
            $"Pool '{Name}' rejected '{tool}': these arguments have killed workers.{history}{last} Other calls of the tool continue. Fix the tool and call LiftQuarantine, or change Crash.QuarantineAfter.")
        {
            Pool = Name,
            Tool = tool,
            Input = input,
        };
    }
}
