namespace Snakepit.Workers;

/// <summary>One zygote, from its start to its end.</summary>
internal interface IZygoteProcess
{
    int ProcessId { get; }

    /// <summary>The last line that it printed.</summary>
    string LastOutput { get; }

    /// <summary>Begins its start. The owner gets the outcome: ready or refused, and ended.</summary>
    void Start();

    /// <summary>Launches a worker by a fork, or by a spawn when the fork fails. Only once the zygote is ready.</summary>
    void Fork(WorkerStart launch, IWorkerEvents events);

    /// <summary>Ends the zygote if it has not answered for this worker for so long that it never will.</summary>
    void Withdraw(IWorkerEvents events);

    /// <summary>Ends the zygote; the workers that were forked from it continue.</summary>
    void End();

    /// <summary>Frees its resources in this process. No events follow.</summary>
    void Release();
}
