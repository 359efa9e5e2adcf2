namespace Snakepit.Pools.Kernel;

/// <summary>How long each tool runs, learned from its replies, and what a call asks of its worker because of that.</summary>
internal sealed class Paces(PoolPlan plan)
{
    private ToolPace[] _paces = new ToolPace[16];

    /// <summary>How many calls may wait in the channel of a worker; 0 unless a worker runs one call at a time.</summary>
    public int Depth { get; } = plan.Capacity == 1 && plan.MaxConcurrent == 0 ? plan.MaxDepth : 0;

    /// <summary>What a call asks of the worker it is given to.</summary>
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

    /// <summary>No other call waits behind one of such a tool.</summary>
    public bool IsSlow(int tool) => Depth > 0 && (tool == 0 || !Of(tool).IsFast);

    /// <summary>Takes in one more run; -1: how long it took is not known.</summary>
    /// <returns>By how many each of the tool's calls counts more among the slow ones: 1 when the tool has become slow, -1 when it has
    /// become fast.</returns>
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

/// <param name="MayWait">The tool is fast: the call may wait behind others, and others behind it.</param>
/// <param name="Work">How long it is expected to occupy the worker.</param>
/// <param name="Bytes">The length of its frame.</param>
internal readonly record struct Demand(bool MayWait, long Work, int Bytes);
