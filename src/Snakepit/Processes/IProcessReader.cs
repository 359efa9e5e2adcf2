namespace Snakepit.Processes;

/// <summary>What the system says about one process. For one thread, but where told otherwise. Once the process has ended it reads nothing more, whoever gets its id next.</summary>
internal interface IProcessReader : IDisposable
{
    /// <summary>Its resident memory without pages of files and of shared memory: no less than what is private to it, save what was swapped out, and
    /// cheap. False when it has ended.</summary>
    bool TryReadResident(out long bytes);

    bool TryReadUsage(out ProcessUsage usage);

    /// <summary>Both at a glance, from any thread as long as this is not disposed.</summary>
    /// <param name="resident">As of <see cref="TryReadResident"/>.</param>
    /// <param name="cpuTime">Null: not known here.</param>
    bool TryReadNow(out long resident, out TimeSpan? cpuTime);

    /// <summary>Its private memory, swapped out pages excluded; null when the system does not say. It takes 0.2 to 24 ms, growing with the process.</summary>
    /// <param name="isForked">It shares pages with the process it was forked from.</param>
    long? ReadPrivate(bool isForked);

    /// <summary>Its swapped out memory.</summary>
    long ReadSwap();

    /// <summary>Whether its main thread has child processes.</summary>
    bool HasChildren();
}
