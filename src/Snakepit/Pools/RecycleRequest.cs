namespace Snakepit.Pools;

/// <summary>A request of RecycleAsync for one slot.</summary>
/// <param name="slot">The slot.</param>
/// <param name="old">The worker to replace; generation 0 when the slot had no serving worker.</param>
/// <param name="begunAt">The time of the request.</param>
internal sealed class RecycleRequest(int slot, WorkerKey old, long begunAt)
{
    public int Slot { get; } = slot;

    public WorkerKey Old { get; } = old;

    public long BegunAt { get; } = begunAt;

    public int Waiters { get; set; } = 1;

    public string? EndProblem { get; set; }

    public TaskCompletionSource<SlotRecycle> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public static RecycleRequest Ended(SlotRecycle how)
    {
        var request = new RecycleRequest(how.Slot, default, 0);
        request.Done.SetResult(how);
        return request;
    }
}
