namespace Snakepit.Processes;

/// <summary>The processes of the machine.</summary>
internal interface IProcessTable
{
    /// <summary>Whether the system tells private from shared memory.</summary>
    bool TellsPrivateMemory { get; }

    /// <param name="pid">Which process.</param>
    /// <param name="isReadOften">Keeps descriptors open: one, and one more once its usage is read.</param>
    IProcessReader Open(int pid, bool isReadOften);

    /// <summary>Visits every process.</summary>
    void Scan(Action<ProcessFamily> visit);
}
