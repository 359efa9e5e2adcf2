namespace Snakepit.Simulation;

/// <summary>The future of a worker, decided at its launch. All times are durations.</summary>
internal sealed record WorkerFate
{
    public const long LongestTurn = 2_000;

    /// <summary>The longest time from a launch to READY, plus that from the order to stop to the exit, without faults.</summary>
    public const long LongestCalmStart = 5 + 50 + 40;

    /// <summary>The time until its turn to start.</summary>
    public long TurnTime { get; private init; }

    public long LaunchTime { get; private init; }

    public long BootTime { get; private init; }

    /// <summary>The time from READY to a death of its own; long.MaxValue for never.</summary>
    public long Life { get; private init; }

    public long StopTime { get; private init; }

    public long KillTime { get; private init; }

    public bool LaunchFails { get; private init; }

    public bool ReadyOvertakesLaunched { get; private init; }

    public bool BootFails { get; private init; }

    public bool BootHangs { get; private init; }

    public bool DiesAtBoot { get; private init; }

    public bool IgnoresCancel { get; private init; }

    public bool IgnoresStop { get; private init; }

    public bool IgnoresTerminate { get; private init; }

    public bool CannotRecall { get; private init; }

    /// <summary>True when it ends its call just when calls are recalled from it.</summary>
    public bool RecallRaces { get; private init; }

    /// <summary>True when, in such a race, it later reports the next call as recalled, although the host leaves that call to it.</summary>
    public bool SkipsInRace { get; private init; }

    public bool CannotBeChecked { get; private init; }

    /// <summary>True when it can export and import the state of sessions.</summary>
    public bool CanMove { get; private init; }

    public long PongTime { get; private init; }

    /// <summary>The time from READY to the moment it freezes; long.MaxValue for never.</summary>
    public long FreezesAfter { get; private init; }

    /// <summary>True when it dies by itself while it drains.</summary>
    public bool DiesDraining { get; private init; }

    /// <summary>True when its place or its device may be the cause of its death.</summary>
    public bool DeathTaints { get; private init; }

    /// <summary>The number of its device; 0 for none.</summary>
    public int Device { get; private init; }

    /// <summary>True when its launch fails because the launcher was lost.</summary>
    public bool LosesLauncher { get; private init; }

    public static WorkerFate Decide(ref SimRandom random, SimFaults faults, bool adapterIsBroken, bool canMove) => new()
    {
        LaunchTime = faults.Happens(SimFault.LaunchIsSlow, ref random) ? random.Between(100, 3_000) : random.Between(0, 5),
        BootTime = faults.Happens(SimFault.BootIsSlow, ref random) ? random.Between(50, 1_100) : random.Between(5, 50),
        Life = faults.Happens(SimFault.DiesIdle, ref random) ? random.Between(0, 2_000) : long.MaxValue,
        StopTime = random.Between(0, 40),
        KillTime = faults.Happens(SimFault.IsUnkillable, ref random) ? random.Between(100, 4_000) : random.Between(0, 3),
        LaunchFails = faults.Happens(SimFault.LaunchFails, ref random),
        ReadyOvertakesLaunched = faults.Happens(SimFault.ReadyOvertakesLaunched, ref random),
        BootFails = adapterIsBroken || faults.Happens(SimFault.BootFails, ref random),
        BootHangs = faults.Happens(SimFault.BootHangs, ref random),
        DiesAtBoot = faults.Happens(SimFault.DiesAtBoot, ref random),
        IgnoresCancel = faults.Happens(SimFault.IgnoresCancel, ref random),
        IgnoresStop = faults.Happens(SimFault.IgnoresStop, ref random),
        IgnoresTerminate = faults.Happens(SimFault.IgnoresTerminate, ref random),
        CannotRecall = faults.Happens(SimFault.CannotRecall, ref random),
        RecallRaces = faults.Happens(SimFault.RecallRaces, ref random),
        SkipsInRace = random.Chance(500),
        CannotBeChecked = random.Chance(300),
        CanMove = canMove,
        PongTime = faults.Happens(SimFault.PongIsLate, ref random) ? random.Between(10, 600) : random.Between(0, 3),
        FreezesAfter = faults.Happens(SimFault.Freezes, ref random) ? random.Between(0, 3_000) : long.MaxValue,
        DiesDraining = faults.Happens(SimFault.DiesDraining, ref random),
        DeathTaints = faults.Happens(SimFault.DeathTaints, ref random),
        Device = random.Below(3),
        LosesLauncher = random.Chance(300),
        TurnTime = faults.Happens(SimFault.StartWaitsForItsTurn, ref random) ? random.Between(1, LongestTurn) : 0,
    };
}
