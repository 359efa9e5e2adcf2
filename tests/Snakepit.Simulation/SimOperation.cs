namespace Snakepit.Simulation;

internal enum SimOperationKind : byte
{
    Submit,
    Cancel,
    TimeOut,
    CancelFinished,
    Recycle,
    RecycleAll,
    CancelRecycle,
    KillWorker,
    BreakAdapter,
    MendAdapter,
    ReachLimit,
    ClearLimit,
    Resize,
    ChangeCode,
    ShortenMemory,
    Shutdown,
    Wait,
    Taint,
    TaintDevice,
    LiftTaint,
}

/// <summary>One operation of the world outside the pool, <paramref name="Delay"/> after the one before.</summary>
/// <param name="Index">
/// The position in the original schedule. It alone decides the random choices of the operation, in a shortened schedule too.
/// </param>
/// <param name="Delay">The time to pass before the operation.</param>
/// <param name="Kind">The kind of operation.</param>
/// <param name="Pick">A number that selects one of the existing calls, slots or workers.</param>
/// <param name="Timeout">The timeout of a submitted call; 0 for none.</param>
/// <param name="Idempotent">Whether a submitted call is idempotent.</param>
/// <param name="Tool">The tool of a submitted call.</param>
/// <param name="Bytes">The size of a submitted call.</param>
/// <param name="Priority">The priority of a submitted call.</param>
/// <param name="Key">The key of a submitted call.</param>
internal sealed record SimOperation(
    int Index, long Delay, SimOperationKind Kind, int Pick, long Timeout, bool Idempotent, int Tool, int Bytes, int Priority, ulong Key)
{
    private static readonly (SimOperationKind Kind, int Weight)[] Mix =
    [
        (SimOperationKind.Submit, 650),
        (SimOperationKind.Cancel, 90),
        (SimOperationKind.TimeOut, 20),
        (SimOperationKind.CancelFinished, 20),
        (SimOperationKind.Recycle, 45),
        (SimOperationKind.RecycleAll, 8),
        (SimOperationKind.CancelRecycle, 25),
        (SimOperationKind.KillWorker, 30),
        (SimOperationKind.BreakAdapter, 5),
        (SimOperationKind.MendAdapter, 20),
        (SimOperationKind.ReachLimit, 40),
        (SimOperationKind.ClearLimit, 15),
        (SimOperationKind.Resize, 8),
        (SimOperationKind.ChangeCode, 8),
        (SimOperationKind.ShortenMemory, 8),
        (SimOperationKind.Shutdown, 1),
        (SimOperationKind.Wait, 70),
        (SimOperationKind.Taint, 8),
        (SimOperationKind.TaintDevice, 3),
        (SimOperationKind.LiftTaint, 5),
    ];

    public static SimOperation Create(ulong seed, int index)
    {
        var random = SimRandom.For(seed, "operation", index);
        bool rush = SimRandom.For(seed, "rush", index / 32).Chance(500);
        SimOperationKind kind = Choose(ref random);
        long delay = kind == SimOperationKind.Wait ? random.Between(50, 1_500) : rush ? random.Between(0, 1) : random.Between(0, 40);
        long timeout = random.Pick<long>(0, 0, 0, 5, 40, 300, 2_000);
        int pick = random.Below(1_000);
        bool idempotent = random.Chance(400);
        int tool = SimTools.Pick(seed, ref random);
        int bytes = random.Pick(40, 200, 900, 5_000);
        var admission = SimRandom.For(seed, "admission", index);
        int priority = admission.Pick(0, 0, 0, 1, 5, -1, -10, 10);
        ulong key = (ulong)admission.Pick(0, 1, 1, 1, 2, 3);
        return new SimOperation(index, delay, kind, pick, timeout, idempotent, tool, bytes, priority, key);
    }

    private static SimOperationKind Choose(ref SimRandom random)
    {
        int at = random.Below(Mix.Sum(static m => m.Weight));
        foreach ((SimOperationKind kind, int weight) in Mix)
        {
            at -= weight;
            if (at < 0)
            {
                return kind;
            }
        }
        return SimOperationKind.Wait;
    }
}
