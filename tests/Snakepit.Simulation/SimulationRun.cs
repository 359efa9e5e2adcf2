namespace Snakepit.Simulation;

/// <summary>Runs random pools through random lives until a number of kernel steps is made or a rule is broken.</summary>
internal static class SimulationRun
{
    // Long enough to fill queues and use up workers, short enough to meet many plans.
    private const int OperationsPerPool = 250;

    /// <summary>The same seed and number of steps give the same result.</summary>
    public static SimulationResult Execute(ulong seed, int steps, PlantedBug? bug = null)
    {
        int made = 0;
        int pools = 0;
        while (made < steps)
        {
            ulong poolSeed = SimRandom.For(seed, "pool", pools++).Next();
            List<SimOperation> operations = [.. Enumerable.Range(0, OperationsPerPool).Select(i => SimOperation.Create(poolSeed, i))];
            Life life = Live(poolSeed, operations, bug);
            made += life.Trace.Steps.Count;
            if (life.Violation is { } violation)
            {
                return new SimulationResult(seed, made, pools, Explain(poolSeed, operations, violation, bug));
            }
        }
        return new SimulationResult(seed, made, pools, null);
    }

    /// <summary>The life of one pool, as a trace.</summary>
    public static Trace Record(ulong poolSeed)
    {
        Life life = Live(poolSeed, [.. Enumerable.Range(0, OperationsPerPool).Select(i => SimOperation.Create(poolSeed, i))], null);
        return life.Trace;
    }

    private static SimulationFailure Explain(ulong poolSeed, List<SimOperation> operations, InvariantViolationException violation, PlantedBug? bug)
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
