using Snakepit.Pools.Kernel;
using Snakepit.Transport;

namespace Snakepit.Pools;

/// <summary>What one kernel step left to do, with the objects its keys stood for while the lock was held. Reused per thread.</summary>
internal sealed class StepBatch
{
    [ThreadStatic]
    private static StepBatch? t_spare;

    private StepBatch? _next; // spare too

    public EffectList Effects { get; } = new();

    /// <summary>The workers that got commands.</summary>
    public List<PoolWorker> Touched { get; } = new(2);

    /// <summary>When the calls were submitted that were sent after they had waited.</summary>
    public List<long> Dequeued { get; } = new(2);

    /// <summary>Replies to calls that are over.</summary>
    public List<ReplyBody> Unwanted { get; } = [];

    /// <summary>The calls of the Complete effects, in their order.</summary>
    public List<ToolCall> Ended { get; } = new(2);

    /// <summary>The workers of all other actions, in their order; null where there is none.</summary>
    public List<PoolWorker?> Workers { get; } = new(2);

    /// <summary>How the worker ended whose exit this step was.</summary>
    public DeathReport? Death { get; set; }

    /// <summary>A batch of this thread's own. Steps nest (an action may cause another step), so there may be several.</summary>
    public static StepBatch Rent()
    {
        StepBatch batch = t_spare ?? new StepBatch();
        t_spare = batch._next;
        return batch;
    }

    public void Return()
    {
        Effects.Clear();
        Touched.Clear();
        Dequeued.Clear();
        Unwanted.Clear();
        Ended.Clear();
        Workers.Clear();
        Death = null;
        _next = t_spare;
        t_spare = this;
    }
}
