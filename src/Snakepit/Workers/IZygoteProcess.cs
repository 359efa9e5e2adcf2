namespace Snakepit.Workers;

/// <summary>One zygote, from its start to its end.</summary>
internal interface IZygoteProcess
{
    int ProcessId { get; }

    /// <summary>The last line it printed.</summary>
    string LastOutput { get; }

    /// <summary>Begins its start. What comes of it is told to its owner: ready or refused, and ended.</summary>
    void Start();

    /// <summary>Launches a worker by a fork, or by a spawn when that fails. Once it is ready.</summary>
    void Fork(WorkerLaunch launch, IWorkerEvents events);

    /// <summary>Ends it if it has not answered for this worker for so long that it never will.</summary>
    void Withdraw(IWorkerEvents events);

    /// <summary>Ends it; the workers that were forked from it go on.</summary>
    void End();

    /// <summary>Frees what it has here. Nothing is told any more.</summary>
    void Release();
}
