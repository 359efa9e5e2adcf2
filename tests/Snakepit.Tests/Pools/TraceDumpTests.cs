using Snakepit.Pools;
using Snakepit.Pools.Kernel;
using Snakepit.Simulation;
using Snakepit.Testing;

namespace Snakepit.Tests.Pools;

/// <summary>DumpTrace: a replay decides what the live pool decided.</summary>
[Trait("Rule", "A6")]
public sealed class TraceDumpTests
{
    private static readonly StepKind[] s_unmet =
        [StepKind.CannotStart, StepKind.SubmitCheck, StepKind.SubmitMove, StepKind.Recalled, StepKind.Commit];

    private static readonly TimeSpan s_ttl = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task DumpTrace_young_pool_replays_from_its_start()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync(p => p.Size = 2);
        await fixture.AddAsync();

        TraceDump dump = TraceDump.Parse(fixture.Pool.DumpTrace());

        Assert.Equal(StepKind.Start, dump.Steps[0].Step.Kind);
        Assert.Equal(StepKind.Replied, dump.Steps[^1].Step.Kind);
        AssertReplays(dump);
    }

    [Fact]
    public async Task DumpTrace_pool_under_chaos_replays_to_the_same_decisions()
    {
        await using PoolFixture fixture = await PoolFixture.StartPipeliningAsync(static p =>
        {
            p.Size = 4;
            p.Spares = 1;
            p.Queue.Limit = 20;
            p.Recycle.Ttl = s_ttl;
            p.Recycle.MaxRequests = 40;
            p.Restart.Jitter = 0.5;
        });
        var random = new Random(7);
        var callers = new List<CancellationTokenSource>();
        var met = new HashSet<StepKind>();
        for (int i = 0; i < 9_000; i++)
        {
            await DisturbAsync(fixture, random, callers);
            if (i % 1_000 == 250)
            {
                TraceDump dump = TraceDump.Parse(fixture.Pool.DumpTrace());
                AssertReplays(dump);
                met.UnionWith(dump.Steps.Select(static step => step.Step.Kind));
            }
        }

        for (int i = 0; i < 50_000 && (i % 500 != 0 || fixture.Pool.ReadTrace().Steps[0].Step.Kind == StepKind.Start); i++)
        {
            await DisturbAsync(fixture, random, callers); // the number of its steps is unknown
        }

        TraceDump last = TraceDump.Parse(fixture.Pool.DumpTrace());

        AssertReplays(last);
        Assert.True(last.Steps.Length >= 4_096);
        Assert.NotEqual(StepKind.Start, last.Steps[0].Step.Kind); // from the middle of the pool's life
        Assert.Empty(Enum.GetValues<StepKind>().Except(s_unmet).Except(met));
        callers.ForEach(static caller => caller.Dispose());
    }

    [Fact]
    public async Task DumpTrace_of_a_pool_that_cannot_start_replays()
    {
        await using PoolFixture fixture = PoolFixture.Create();
        fixture.Pool.CannotStart(new PythonNotFoundException("No usable Python was found.") { Remedy = "Install one." });
        fixture.Pool.CannotStart(new AdapterLoadException("Adapter 'a.py' does not exist.") { Pool = "text", Adapter = "a.py" });

        TraceDump dump = TraceDump.Parse(fixture.Pool.DumpTrace());

        Assert.Equal([StepKind.CannotStart, StepKind.CannotStart], dump.Steps.Select(static step => step.Step.Kind));
        AssertReplays(dump);
    }

    [Fact]
    public async Task DumpTrace_of_a_pool_that_has_stopped_replays()
    {
        PoolFixture fixture = await PoolFixture.StartAsync(p => p.Size = 2);
        await fixture.RecycleAsync();
        await fixture.DisposeAsync();

        AssertReplays(TraceDump.Parse(fixture.Pool.DumpTrace()));
    }

    [Fact]
    public async Task Run_altered_digest_names_the_step()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        await fixture.AddAsync();
        TraceDump dump = fixture.Pool.ReadTrace();

        dump.Steps[2].Digest++;

        Assert.Equal(2, Replay.Run(dump).FirstDifference);
    }

    [Fact]
    public async Task Run_step_left_out_is_noticed()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        await fixture.AddAsync();
        TraceDump dump = fixture.Pool.ReadTrace();

        var without =
            new TraceDump { Seed = dump.Seed, Plan = dump.Plan, Image = dump.Image, Steps = [.. dump.Steps[..^2], dump.Steps[^1]] };

        Assert.Equal(without.Steps.Length - 1, Replay.Run(without).FirstDifference);
    }

    [Fact]
    public async Task DumpTrace_says_nothing_of_what_callers_said()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        await Assert.ThrowsAsync<ToolException>(() => fixture.CallAsync("fail", ToolArguments.Named(("secret", "hunter2"))));

        string text = fixture.Pool.DumpTrace();

        Assert.DoesNotContain("fail", text, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", text, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", text, StringComparison.Ordinal);
        Assert.DoesNotContain(fixture.Pool.Name, text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no trace")]
    [InlineData("{}")]
    [InlineData("{\"Format\": 99}")]
    public void Parse_other_text_is_refused(string text) => Assert.Throws<FormatException>(() => TraceDump.Parse(text));

    private static async Task DisturbAsync(PoolFixture fixture, Random random, List<CancellationTokenSource> callers)
    {
        switch (random.Next(20))
        {
            case < 8:
                Ignore(fixture.CallAsync("add", ToolArguments.Named(("a", 1), ("b", 2))));
                break;
            case < 12:
                var caller = new CancellationTokenSource();
                callers.Add(caller);
                Ignore(fixture.BeginFor(caller));
                break;
            case 12 or 13 when callers.Count > 0:
                await callers[random.Next(callers.Count)].CancelAsync();
                break;
            case 14:
                Ignore(fixture.Begin(new ToolCallOptions { Timeout = TimeSpan.FromMilliseconds(50), Idempotent = true }));
                break;
            case 15 when fixture.Workers.Alive is { Count: > 0 } alive:
                alive[random.Next(alive.Count)].Crash();
                break;
            case 16:
                Ignore(fixture.RecycleAsync(random.Next(4)));
                break;
            case 17 when random.Next(20) == 0:
                Ignore(fixture.Pool.ResizeAsync(2 + random.Next(4), CancellationToken.None));
                break;
            case 17 when random.Next(10) == 1:
                Ignore(fixture.Face.GetSession("a").Data.GetAsync<int>("x", CancellationToken.None).AsTask());
                break;
            case 17 when random.Next(10) == 2:
                Ignore(fixture.Pool.ReconfigureAsync(fixture.Pool.Settings, blueprint: null));
                break;
            case 17 when random.Next(10) == 0:
                fixture.Pool.LiftQuarantine(null);
                break;
            case 18 when fixture.Slow.NextAsync().AsTask() is { IsCompletedSuccessfully: true } next:
                next.Result.Return(0);
                break;
            default:
                fixture.Time.Advance(TimeSpan.FromMilliseconds(random.Next(60)));
                break;
        }
    }

    private static void Ignore(Task call) => _ = call.ContinueWith(static done => done.Exception, TaskScheduler.Default);

    private static void AssertReplays(TraceDump dump)
    {
        var replay = Replay.Run(dump);

        Assert.True(
            replay.FirstDifference < 0, $"Step {replay.FirstDifference} of {dump.Steps.Length} comes out differently: {replay.Steps[^1]}");
        Assert.Equal(dump.Steps.Length, replay.Steps.Count);
    }
}
