namespace Snakepit.Lifecycle;

/// <summary>
/// Gets the readings of one worker on the sampler's thread, which all workers share: must not block. An event may still arrive just after
/// the worker's handle was disposed.
/// </summary>
internal interface ISampled
{
    void OnVerdict(MemoryVerdict verdict, in MemoryReading reading);

    /// <summary>The worker has used more processor time than it may. Raised once.</summary>
    void OnCpuTimeExceeded(TimeSpan used);

    /// <summary>There is a new reading. Raised when all workers that are due have been read.</summary>
    void OnSampled();
}
