namespace Snakepit.Simulation;

/// <summary>Runs random pools through random lives until a number of kernel steps is made or a rule is broken.</summary>
internal static class SimulationRun
{
    // Long enough to fill queues and use up workers, short enough to try many plans.
    private const int OperationsPerPool = 250;

    /// <summary>Runs random pools for a number of kernel steps. The same seed and number of steps give the same result.</summary>
    /// <param name="seed">The seed of all pools.</param>
    /// <param name="steps">The number of kernel steps, unless a rule is broken before.</param>
    /// <param name="bug">A defect to plant.</param>
    /// <param name="shorten">True to shorten a failing schedule as far as possible, which runs it hundreds of times.</param>
    public static SimulationResult Execute(ulong seed, int steps, PlantedBug? bug = null, bool shorten = true)
    {
        int made = 0;
        int pools = 0;
        while (made < steps)
        {
            ulong poolSeed = SimRandom.For(seed, "pool", pools++).Next();
            List<SimOperation> operations = Schedule(poolSeed, OperationsPerPool);
            Life life = Live(poolSeed, operations, bug);
            made += life.Trace.Steps.Count;
            if (life.Violation is { } violation)
            {
                SimulationFailure failure = shorten
                    ? Explain(poolSeed, operations, violation, bug)
                    : new SimulationFailure(violation, poolSeed, operations, life.Trace);
                return new SimulationResult(seed, made, pools, failure);
            }
        }
        return new SimulationResult(seed, made, pools, null);
    }

    /// <summary>Runs one pool and returns its trace.</summary>
    public static Trace Record(ulong poolSeed)
    {
        return Live(poolSeed, Schedule(poolSeed, OperationsPerPool), null).Trace;
    }

    /// <summary>
    /// Runs schedules of different lengths on all processors. The run ends early with the first broken rule, or when it is cancelled.
    /// </summary>
    /// <param name="seed">The seed of all schedules.</param>
    /// <param name="schedules">The number of schedules.</param>
    /// <param name="cancellation">Ends the run.</param>
    /// <param name="report">Receives the number of finished schedules after each one, on any thread.</param>
    public static ScheduleTotals ExecuteSchedules(ulong seed, int schedules, CancellationToken cancellation, Action<int>? report = null)
    {
        int done = 0;
        long steps = 0;
        SimulationFailure? failure = null;
        Parallel.For(0, schedules, (index, loop) =>
        {
            if (cancellation.IsCancellationRequested)
            {
                loop.Stop();
                return;
            }
            ulong poolSeed = SimRandom.For(seed, "schedule", index).Next();
            List<SimOperation> operations = ScheduleWithEnd(poolSeed);
            Life life = Live(poolSeed, operations, null);
            Interlocked.Add(ref steps, life.Trace.Steps.Count);
            int soFar = Interlocked.Increment(ref done);
            report?.Invoke(soFar);
            if (life.Violation is { } violation)
            {
                loop.Stop();
                Interlocked.CompareExchange(ref failure, Explain(poolSeed, operations, violation, null), null);
            }
        });
        return new ScheduleTotals(done, steps, failure);
    }

    /// <summary>Returns a length: mostly short, to try many plans and faults; sometimes enough to fill queues and use up workers.</summary>
    private static int LengthOf(ulong poolSeed)
    {
        var random = SimRandom.For(poolSeed, "length");
        return random.Chance(900) ? 10 + random.Below(40) : 50 + random.Below(OperationsPerPool - 49);
    }

    /// <summary>Creates a schedule that often shuts the pool down in the middle.</summary>
    private static List<SimOperation> ScheduleWithEnd(ulong poolSeed)
    {
        List<SimOperation> operations = Schedule(poolSeed, LengthOf(poolSeed));
        var random = SimRandom.For(poolSeed, "end");
        if (random.Chance(300))
        {
            int at = random.Below(operations.Count);
            operations[at] = operations[at] with { Kind = SimOperationKind.Shutdown };
        }
        return operations;
    }

    private static List<SimOperation> Schedule(ulong poolSeed, int length) =>
        [.. Enumerable.Range(0, length).Select(i => SimOperation.Create(poolSeed, i))];

    private static SimulationFailure Explain(
        ulong poolSeed, List<SimOperation> operations, InvariantViolationException violation, PlantedBug? bug)
    {
        List<SimOperation> shortest = Shrinker.Shrink(operations, o => Live(poolSeed, o, bug).Violation?.Invariant == violation.Invariant);
        Life life = Live(poolSeed, shortest, bug);
        return new SimulationFailure(life.Violation ?? violation, poolSeed, shortest, life.Trace);
    }

    private static Life Live(ulong poolSeed, List<SimOperation> operations, PlantedBug? bug)
    {
        var pool = new SimPool(Scenario.Create(poolSeed).For(bug), bug);
        try
        {
            pool.Start();
            foreach (SimOperation operation in operations)
            {
                pool.Perform(operation);
                if (pool.IsStopped)
                {
                    break;
                }
            }
            if (SimRandom.For(poolSeed, "heal").Chance(500))
            {
                pool.Heal();
            }
            pool.Close();
            return new Life(pool.Trace, null);
        }
        catch (InvariantViolationException violation)
        {
            return new Life(pool.Trace, violation);
        }
    }

    private readonly record struct Life(Trace Trace, InvariantViolationException? Violation);
}
