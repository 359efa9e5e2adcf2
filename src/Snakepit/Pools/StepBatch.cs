using System.Runtime.InteropServices;
using Snakepit.Frames;
using Snakepit.Pools.Kernel;

namespace Snakepit.Pools;

/// <summary>
/// The work that one kernel step has left, with the objects that its keys stood for while the lock was held. Reused per thread.
/// </summary>
internal sealed class StepBatch
{
    [ThreadStatic]
    private static StepBatch? t_spare;

    private StepBatch? _next; // the next spare batch

    public EffectList Effects { get; } = new();

    /// <summary>The workers that got commands.</summary>
    public List<PoolWorker> Touched { get; } = new(2);

    /// <summary>Replies to calls that have ended.</summary>
    public List<ReplyBody> Unwanted { get; } = [];

    /// <summary>The calls that have ended.</summary>
    public List<EndedCall> Ended { get; } = new(2);

    /// <summary>The workers of all other actions, in order; null where there is none.</summary>
    public List<PoolWorker?> Workers { get; } = new(2);

    /// <summary>The worker whose exit this step handles.</summary>
    public PoolWorker? Exited { get; set; }

    /// <summary>Whether there are reports of this step or an earlier one.</summary>
    public bool HasReports { get; set; }

    /// <summary>The defect in the step or in its effects.</summary>
    public Defect? Defect { get; set; }

    /// <summary>
    /// Returns a batch of this thread's own. Steps nest, because an action may cause another step, so there may be several.
    /// </summary>
    public static StepBatch Rent()
    {
        StepBatch batch = t_spare ?? new StepBatch();
        t_spare = batch._next;
        return batch;
    }

    /// <summary>Clears the work of the step, because its kernel is gone. Calls that have ended stay ended.</summary>
    public void Abort()
    {
        Effects.Clear();
        Touched.Clear();
        Workers.Clear();
        Exited = null;
    }

    /// <summary>Sends the posted frames to workers.</summary>
    /// <param name="byCaller">True on the thread of a caller that only waits for the reply.</param>
    public void Flush(bool byCaller)
    {
        foreach (PoolWorker worker in CollectionsMarshal.AsSpan(Touched))
        {
            if (byCaller)
            {
                worker.Channel!.FlushAndAwait();
            }
            else
            {
                worker.Channel!.Flush();
            }
        }
    }

    /// <summary>Completes one of the calls that have ended.</summary>
    public void End(int index, long now)
    {
        (UnaryCall call, CallEnd end) = Ended[index];
        call.Complete(end, now);
    }

    public void Return()
    {
        Effects.Clear();
        Touched.Clear();
        Unwanted.Clear();
        Ended.Clear();
        Workers.Clear();
        Exited = null;
        HasReports = false;
        Defect = null;
        _next = t_spare;
        t_spare = this;
    }
}
