namespace Snakepit.Simulation;

/// <summary>A fault of a worker, of a call, or of the delivery of inputs.</summary>
internal enum SimFault
{
    // Faults of a worker.
    LaunchFails,
    LaunchIsSlow,
    ReadyOvertakesLaunched,
    BootFails,
    BootHangs,
    DiesAtBoot,
    DiesIdle,
    IgnoresCancel,
    IgnoresStop,
    IgnoresTerminate,
    IsUnkillable,
    CannotRecall,
    RecallRaces,
    PongIsLate,
    Freezes,
    BootIsSlow,
    DiesDraining,

    /// <summary>Only the first worker of the slot can start.</summary>
    SlotIsBroken,

    // Faults of a call.
    DiesBeforeBegin,
    DiesMidCall,
    CallHangs,
    RepliesTwice,
    CallFails,
    HoldsInterpreter,
    InputKills,

    /// <summary>A call that is over still answers, about when the grace ends.</summary>
    AnswersLate,

    // Faults of the shell.
    StartWaitsForItsTurn,
    CannotStart,
    EchoesSignals,
    TicksLate,

    /// <summary>A worker that dies names its place or its device as the possible cause.</summary>
    DeathTaints,
}

/// <summary>The rate of each fault per thousand. A new fault takes a new line here and its effect in the model worker.</summary>
internal sealed class SimFaults
{
    private static readonly (SimFault Fault, int PerMille)[] Usual =
    [
        (SimFault.LaunchFails, 20),
        (SimFault.LaunchIsSlow, 20),
        (SimFault.ReadyOvertakesLaunched, 30),
        (SimFault.BootFails, 40),
        (SimFault.BootHangs, 20),
        (SimFault.DiesAtBoot, 30),
        (SimFault.DiesIdle, 60),
        (SimFault.IgnoresCancel, 150),
        (SimFault.IgnoresStop, 60),
        (SimFault.IgnoresTerminate, 300),
        (SimFault.IsUnkillable, 30),
        (SimFault.CannotRecall, 100),
        (SimFault.RecallRaces, 300),
        (SimFault.PongIsLate, 100),
        (SimFault.Freezes, 60),
        (SimFault.DiesBeforeBegin, 20),
        (SimFault.DiesMidCall, 30),
        (SimFault.CallHangs, 60),
        (SimFault.RepliesTwice, 100),
        (SimFault.CallFails, 150),
        (SimFault.HoldsInterpreter, 60),
        (SimFault.InputKills, 200),
        (SimFault.EchoesSignals, 200),
        (SimFault.TicksLate, 300),
        (SimFault.BootIsSlow, 30),
        (SimFault.DiesDraining, 60),
        (SimFault.AnswersLate, 100),
        (SimFault.DeathTaints, 300),
        (SimFault.CannotStart, 100),
        (SimFault.StartWaitsForItsTurn, 50),
        (SimFault.SlotIsBroken, 100),
    ];

    private readonly Dictionary<SimFault, int> _perMille;

    private SimFaults(Dictionary<SimFault, int> perMille) => _perMille = perMille;

    public static SimFaults None { get; } = new([]);

    /// <summary>The faults of a world in which some slots cannot start replacements and nothing else goes wrong.</summary>
    public static SimFaults OfSlots { get; } = new(new Dictionary<SimFault, int> { [SimFault.SlotIsBroken] = 400 });

    /// <summary>Returns every fault at its usual rate times <paramref name="factor"/>.</summary>
    public static SimFaults All(int factor = 1) => new(Usual.ToDictionary(f => f.Fault, f => f.PerMille * factor));

    /// <summary>
    /// Returns a random half of the faults at up to four times their usual rate. Rare combinations occur more often that way than with all
    /// faults at once.
    /// </summary>
    public static SimFaults Some(ref SimRandom random)
    {
        var chosen = new Dictionary<SimFault, int>();
        foreach ((SimFault fault, int perMille) in Usual)
        {
            if (random.Chance(500))
            {
                chosen[fault] = Math.Min(900, perMille * (1 + random.Below(4)));
            }
        }
        return new SimFaults(chosen);
    }

    public bool Happens(SimFault fault, ref SimRandom random) => random.Chance(_perMille.GetValueOrDefault(fault));
}
