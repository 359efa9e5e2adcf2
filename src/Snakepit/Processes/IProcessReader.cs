namespace Snakepit.Processes;

/// <summary>
/// Reads the system's data about one process. For one thread unless stated otherwise. Once the process has ended, it reads nothing more,
/// even if the pid is reused.
/// </summary>
internal interface IProcessReader : IDisposable
{
    /// <summary>
    /// Reads the resident memory without pages of files and shared memory. It is cheap, and no less than the private memory, except for
    /// swapped-out pages. Returns false when the process has ended.
    /// </summary>
    bool TryReadResident(out long bytes);

    bool TryReadUsage(out ProcessUsage usage);

    /// <summary>Reads resident memory and usage, from any thread as long as the reader is not disposed.</summary>
    /// <param name="resident">As of <see cref="TryReadResident"/>.</param>
    /// <param name="usage">The usage; null when unknown.</param>
    bool TryReadNow(out long resident, out ProcessUsage? usage);

    /// <summary>
    /// Reads the private memory without swapped-out pages; null when the system does not report it. It takes 0.2 to 24 ms, depending on the
    /// size of the process.
    /// </summary>
    /// <param name="isForked">True when the process shares pages with the process that it was forked from.</param>
    long? ReadPrivate(bool isForked);

    /// <summary>Reads the swapped-out memory.</summary>
    long ReadSwap();

    /// <summary>Returns whether the main thread has child processes.</summary>
    bool HasChildren();
}
