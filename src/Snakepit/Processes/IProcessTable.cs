namespace Snakepit.Processes;

/// <summary>The processes of the machine.</summary>
internal interface IProcessTable
{
    /// <summary>Whether the system distinguishes private from shared memory.</summary>
    bool TellsPrivateMemory { get; }

    /// <param name="pid">The process id.</param>
    /// <param name="isReadOften">Keeps descriptors open: one, and another once the usage has been read.</param>
    IProcessReader Open(int pid, bool isReadOften);

    /// <summary>Visits every process.</summary>
    void Scan(Action<ProcessFamily> visit);
}
