using Snakepit.Pools.Kernel;

namespace Snakepit.Pools;

/// <summary>Submits the calls that the pool makes itself: each is for one idle worker, waits for nothing, and is no request.</summary>
internal sealed class OwnCalls(PoolContext pool, PoolCore core, OpenCalls calls, CallEncoder encoder)
{
    /// <param name="tool">The tool.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="shownAs">The name of the tool in reports.</param>
    /// <param name="timeout">The time that the call may take.</param>
    /// <param name="step">The kernel step that submits it, without what this adds.</param>
    /// <returns>Null when no worker takes it now. The caller resets the call after its completion.</returns>
    /// <exception cref="ArgumentException">The arguments cannot be sent.</exception>
    public UnaryCall? Submit(string tool, in ToolArguments arguments, string shownAs, TimeSpan timeout, in KernelStep step)
    {
        var call = new UnaryCall();
        encoder.Encode(call.Body, tool, arguments, options: null);
        long now = pool.Clock.Now;
        call.Begin(new CallRequest(shownAs, timeout, now, pool.Clock.After(now, timeout), CancellationToken.None, IsCheck: true));
        var spec = new CallSpec(call.Request.Deadline, Idempotent: false, Bytes: call.Body.Frame.Length, Session: step.Spec.Session);
        core.Step((own: this, call, step: step with { Now = now, Spec = spec }), static (in submitted, batch) =>
        {
            (OwnCalls own, UnaryCall call, KernelStep step) = submitted;
            own.Submit_NeedsLock(call, step, batch);
            return 0;
        });
        return call.Key.IsNone ? null : call;
    }

    private void Submit_NeedsLock(UnaryCall call, in KernelStep step, StepBatch batch)
    {
        Admission admission = core.Apply_NeedsLock(step, batch).Admission;
        if (admission.Accepted)
        {
            calls.Add(call, admission.Call, queued: false);
        }
    }
}
