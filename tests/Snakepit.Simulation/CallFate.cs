namespace Snakepit.Simulation;

/// <summary>The effect that a call will have on its worker.</summary>
internal sealed record CallFate
{
    public long RunTime { get; private init; }

    /// <summary>The time that the worker takes to end the call after a cancel.</summary>
    public long CancelTime { get; private init; }

    public bool Hangs { get; private init; }

    public bool KillsWorkerBeforeBegin { get; private init; }

    public bool KillsWorker { get; init; }

    public bool RepliesTwice { get; private init; }

    /// <summary>True when the tool raises, or the health check fails.</summary>
    public bool Fails { get; private init; }

    /// <summary>True when the call holds the interpreter, so that the worker answers no pings meanwhile.</summary>
    public bool HoldsInterpreter { get; private init; }

    /// <summary>True for a health check.</summary>
    public bool IsCheck { get; init; }

    /// <summary>The session whose state the call exports; 0 for any other call.</summary>
    public ulong Exports { get; init; }

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
