namespace Snakepit.Lifecycle;

/// <summary>Told about one worker, on the sampler's thread, which all workers share: must not block. A word that was on its way when the worker's
/// handle was disposed may still arrive.</summary>
internal interface ISampled
{
    void OnVerdict(MemoryVerdict verdict, in MemoryReading reading);

    /// <summary>It has used more than it may. Told once.</summary>
    void OnCpuTimeExceeded(TimeSpan used);

    /// <summary>There is a new reading. Told when all workers that are due have been read.</summary>
    void OnSampled();
}
