namespace Snakepit.Simulation;

/// <summary>What a call will do to the worker that gets it.</summary>
internal sealed record CallFate
{
    public long RunTime { get; private init; }

    /// <summary>How long the worker takes to let go after a cancel.</summary>
    public long CancelTime { get; private init; }

    public bool Hangs { get; private init; }

    public bool KillsWorkerBeforeBegin { get; private init; }

    public bool KillsWorker { get; init; }

    public bool RepliesTwice { get; private init; }

    /// <summary>The tool raises; a check finds something.</summary>
    public bool Fails { get; private init; }

    /// <summary>Nothing else in the worker goes on meanwhile.</summary>
    public bool HoldsInterpreter { get; private init; }

    /// <summary>It is a check of the worker's health.</summary>
    public bool IsCheck { get; init; }

    public static CallFate Decide(ref SimRandom random, SimFaults faults, int tool, bool liesNow) => new()
    {
        RunTime = SimTools.RunTime(tool, liesNow, ref random),
        Hangs = faults.Happens(SimFault.CallHangs, ref random),
        KillsWorkerBeforeBegin = faults.Happens(SimFault.DiesBeforeBegin, ref random),
        KillsWorker = faults.Happens(SimFault.DiesMidCall, ref random),
        RepliesTwice = faults.Happens(SimFault.RepliesTwice, ref random),
        Fails = faults.Happens(SimFault.CallFails, ref random),
        HoldsInterpreter = faults.Happens(SimFault.HoldsInterpreter, ref random),
        CancelTime = faults.Happens(SimFault.AnswersLate, ref random) ? random.Between(30, 260) : random.Between(0, 30),
    };
}
