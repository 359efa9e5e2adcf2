using System.Collections.Immutable;
using System.IO.Hashing;
using Snakepit.Pools.Kernel;
using Snakepit.Transport;

namespace Snakepit.Pools;

/// <content>Inputs that kill workers: their hashes for the kernel, their names for everybody else.</content>
internal sealed partial class WorkerPool
{
    private const int MaxKnownInputs = 512;
    private readonly Dictionary<ulong, (string Tool, DeathReport Last)> _inputs = []; // of suspects
    private volatile ImmutableHashSet<string> _suspectTools = []; // whose calls tell their input

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
    private ulong InputOf(ToolCall call) => call.Input = _suspectTools.Contains(call.Tool) ? HashOf(call) : 0;

    private static ulong HashOf(ToolCall call) => Math.Max(1, XxHash3.HashToUInt64(call.Body.Frame.Span[Protocol.ExtendedHeaderSize..]));

    /// <summary>A worker has died: the kernel needs to know with which inputs, and so with which others wait that are the same.</summary>
    private void Identify_NeedsLock(ReadOnlySpan<CallKey> begun, DeathReport death, EffectList fx)
    {
        if (_options.Crash.QuarantineAfter is null)
        {
            return;
        }
        foreach (CallKey key in begun)
        {
            if (_calls[key.Index] is not { IsCheck: false } call || call.Key != key)
            {
                continue;
            }
            if (!_suspectTools.Contains(call.Tool))
            {
                _suspectTools = _suspectTools.Add(call.Tool);
                IdentifyAll_NeedsLock(call.Tool, fx);
            }
            if (_inputs.Count < MaxKnownInputs || _inputs.ContainsKey(call.Input))
            {
                _inputs[call.Input] = (call.Tool, death);
            }
        }
    }

    private void IdentifyAll_NeedsLock(string tool, EffectList fx)
    {
        long now = _time.GetTimestamp();
        foreach (ToolCall? call in _calls)
        {
            if (call is { IsCheck: false } && call.Tool == tool)
            {
                call.Input = HashOf(call);
                _trace.Apply(new KernelStep(StepKind.Identify, now) { Call = call.Key, Input = call.Input }, fx);
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
        return new QuarantinedInput(
            tool ?? "", suspect.Input, suspect.Deaths, clock - Elapsed(suspect.Since, now), suspect.Until > now ? clock + Elapsed(now, suspect.Until) : clock, last);
    }

    private InputQuarantinedException Quarantined(string tool, ulong hash)
    {
        QuarantinedInput? input;
        lock (_gate)
        {
            long now = _time.GetTimestamp();
            input = _kernel.Suspects.Where(suspect => suspect.Input == hash && suspect.Until > now).Select(suspect => Describe_NeedsLock(suspect, now)).FirstOrDefault();
        }
        string history = input is null ? "" : $" {input.Deaths} workers have died of it since {input.Since:u}; it is rejected until {input.Until:u}.";
        string last = input?.Report is { } report ? $" The last of them: {report.Cause}." : "";
        return new InputQuarantinedException(
            $"Pool '{Name}' rejected '{tool}': these arguments kill workers.{history}{last} Other calls of the tool go on. Mend the tool, then call LiftQuarantine; or set Crash.QuarantineAfter.",
            Name, tool, input);
    }
}
