using Snakepit.Pools.Kernel;
using Snakepit.Simulation;

namespace Snakepit.Tests.Simulation;

/// <summary>A kernel replays a trace with the same decisions, and a failing schedule shrinks to a short one.</summary>
public class TraceTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [Trait("Rule", "A2")]
    [Trait("Rule", "A6")]
    public void FindDifference_saved_trace_replays_to_the_same_decisions(ulong poolSeed)
    {
        string path = Path.Combine(Directory.CreateTempSubdirectory("snakepit-trace").FullName, "trace.json");
        Trace trace = SimulationRun.Record(poolSeed);
        Assert.True(trace.Steps.Count > 100);

        trace.Save(path);
        Trace loaded = Trace.Load(path);

        Assert.Equal(trace.ToString(), loaded.ToString());
        Assert.Equal(-1, loaded.FindDifference());
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }

    [Fact]
    [Trait("Rule", "A2")]
    public void Record_same_seed_gives_the_same_trace() =>
        Assert.Equal(SimulationRun.Record(7).ToString(), SimulationRun.Record(7).ToString());

    [Fact]
    public void FindDifference_other_decision_is_found()
    {
        Trace trace = SimulationRun.Record(1);
        int at = trace.Steps.FindIndex(static s => s.Effects.Length > 0 && s.Input.Kind == StepKind.Replied);
        trace.Steps[at] = trace.Steps[at] with { Effects = [] };

        Assert.Equal(at, trace.FindDifference());
    }

    [Fact]
    public void Execute_failing_schedule_is_shortened()
    {
        var bug = new PlantedBug { Plan = static plan => plan with { QueueLimit = plan.QueueLimit + 1 } };

        SimulationFailure failure = SimulationRun.Execute(1, 100_000, bug).Failure!;

        // Overfilling a queue by one takes a call for every slot and worker, and little else.
        Assert.InRange(failure.Operations.Count, 1, 70);
        Assert.Equal(-1, failure.Trace.FindDifference());
    }

    [Fact]
    public void Shrink_two_operations_that_fail_together_are_what_is_left()
    {
        List<SimOperation> operations = [.. Enumerable.Range(0, 100).Select(static i => SimOperation.Create(1, i))];

        List<SimOperation> shortest = Shrinker.Shrink(
            operations, static o => o.Exists(static x => x.Index == 13) && o.Exists(static x => x.Index == 77));

        Assert.Equal([13, 77], shortest.Select(static o => o.Index));
    }

    [Fact]
    public void Execute_random_schedules_reach_every_outcome_and_effect()
    {
        var outcomes = new HashSet<Outcome>();
        var effects = new HashSet<EffectKind>();
        var reasons = new HashSet<Reason>();
        for (ulong seed = 0; seed < 150; seed++)
        {
            foreach (TraceStep step in SimulationRun.Record(seed).Steps)
            {
                outcomes.Add(step.Admission.Rejection);
                outcomes.UnionWith(step.Effects.Select(static e => e.Outcome));
                effects.UnionWith(step.Effects.Select(static e => e.Kind));
                reasons.UnionWith(step.Effects.Select(static e => e.Reason));
            }
        }

        Outcome[] ofTheShell = [Outcome.Deadlocked, Outcome.DeadlockedInSession];
        Assert.Empty(Enum.GetValues<Outcome>().Except(outcomes).Except(ofTheShell));
        Assert.Empty(Enum.GetValues<EffectKind>().Except(effects));
        Assert.Empty(Enum.GetValues<Reason>().Except(reasons));
    }

    [Fact]
    [Trait("Rule", "P8")]
    [Trait("Rule", "P9")]
    public void Execute_random_schedules_fill_channels_and_take_calls_back()
    {
        int waiting = 0;
        int recalled = 0;
        for (ulong seed = 0; seed < 200; seed++)
        {
            Trace trace = SimulationRun.Record(seed);
            var held = new Dictionary<CallKey, WorkerKey>();
            foreach (TraceStep step in trace.Steps)
            {
                recalled += step.Input.Kind == StepKind.Recalled && held.Remove(step.Input.Call) ? 1 : 0;
                held.Remove(step.Input.Call);
                foreach (Effect send in step.Effects.Where(static e => e.Kind == EffectKind.Send))
                {
                    waiting += held.Values.Count(worker => worker == send.Worker) >= trace.Plan.Capacity ? 1 : 0;
                    held[send.Call] = send.Worker;
                }
            }
        }

        Assert.True(waiting > 600, $"Only {waiting} calls waited in channels.");
        Assert.True(recalled > 200, $"Only {recalled} calls came back.");
    }
}
