namespace Snakepit.Pools.Kernel;

/// <summary>The run time of each tool, learned from its replies, and the demands of its calls on their workers.</summary>
internal sealed class Paces(PoolPlan plan)
{
    private ToolPace[] _paces = new ToolPace[16];

    /// <summary>The number of calls that may wait in the channel of a worker; 0 unless new workers run one call at a time.</summary>
    public int Depth { get; } = plan.Capacity == 1 && plan.MaxConcurrent == 0 ? plan.MaxDepth : 0;

    /// <summary>Returns the number of calls that may wait in that worker's channel.</summary>
    public int DepthOf(WorkerNode worker) => worker.Capacity == 1 ? Depth : 0;

    /// <summary>Returns the demands of a call on its worker.</summary>
    public Demand DemandOf(int tool, int bytes)
    {
        if (Depth == 0 || tool == 0)
        {
            return default;
        }
        ref ToolPace pace = ref Of(tool);
        return new Demand(pace.IsFast, pace.Mean + plan.CallOverhead, bytes);
    }

    public RunEstimate EstimateOf(int tool) => plan.RejectLate && tool > 0 ? Of(tool).Estimate : default;

    /// <summary>Returns whether no other call may wait behind one of this tool.</summary>
    public bool IsSlow(int tool) => Depth > 0 && (tool == 0 || !Of(tool).IsFast);

    /// <summary>Learns from one more run; -1 when its time is unknown.</summary>
    /// <returns>
    /// The change in the number of slow calls for each call of the tool: 1 when the tool has become slow, -1 when it has become fast.
    /// </returns>
    public int Learn(int tool, long runTime)
    {
        if (tool == 0 || runTime < 0)
        {
            return 0;
        }
        ref ToolPace pace = ref Of(tool);
        bool wasFast = pace.IsFast;
        pace.Learn(runTime, plan.FastRun);
        return Depth == 0 || pace.IsFast == wasFast ? 0 : wasFast ? 1 : -1;
    }

    public void Exchange(KernelImage image)
    {
        Array.Resize(ref _paces, image.Of(_paces.Length));
        foreach (ref ToolPace pace in _paces.AsSpan())
        {
            pace.Exchange(image);
        }
    }

    private ref ToolPace Of(int tool)
    {
        if (tool >= _paces.Length)
        {
            Array.Resize(ref _paces, Math.Max(tool + 1, _paces.Length * 2));
        }
        return ref _paces[tool];
    }
}

/// <param name="MayWait">True for a fast tool: the call may wait behind others, and others behind it.</param>
/// <param name="Work">The time that the call is expected to occupy the worker.</param>
/// <param name="Bytes">The length of its frame.</param>
internal readonly record struct Demand(bool MayWait, long Work, int Bytes);
