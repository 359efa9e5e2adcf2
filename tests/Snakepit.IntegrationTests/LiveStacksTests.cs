using Snakepit.IntegrationTests.Fixture;

namespace Snakepit.IntegrationTests;

/// <summary>The Python stacks of workers that live on.</summary>
[Trait("Rule", "L12")]
public sealed class LiveStacksTests : IntegrationTest
{
    [Fact(Timeout = Bound)]
    [Trait("Mode", "Native")]
    public async Task Stacks_tell_where_a_worker_is_and_it_goes_on()
    {
        Rig rig = await StartAsync();
        Gate gate = NewGate();
        Task<string> held = await rig.HoldAsync(gate, "first");

        string? first = await rig.Pool.ReadStacksAsync(Worker(rig), Cancellation);
        string? second = await rig.Pool.ReadStacksAsync(Worker(rig), Cancellation);

        Assert.Contains(" in hold", first, StringComparison.Ordinal);
        Assert.Equal(Occurrences(first!), Occurrences(second!)); // the second ones stand alone
        gate.Release();
        Assert.Equal("first", await held);
        await rig.AssertServesAsync();
    }

    [Fact(Timeout = Bound)]
    [Trait("Mode", "Native")]
    public async Task A_later_death_leaves_its_own_stacks_alone()
    {
        Rig rig = await StartAsync(configure: static p => p.Call.CancelGrace = TimeSpan.FromMilliseconds(100));
        Gate gate = NewGate();
        Task<string> held = await rig.HoldAsync(gate, "held");
        WorkerId worker = Worker(rig);
        Assert.Contains(" in hold", await rig.Pool.ReadStacksAsync(worker, Cancellation), StringComparison.Ordinal);
        gate.Release();
        await held;

        await Assert.ThrowsAsync<CallTimeoutException>(() => rig.Pool.ExecuteAsync(
            "spin", default, new ToolCallOptions { Timeout = TimeSpan.FromMilliseconds(200) }, Cancellation).AsTask());

        DeathReport report = (await rig.NextAsync<WorkerCrashedEvent>()).Report;
        Assert.Contains(" in spin", report.Stacks, StringComparison.Ordinal);
        Assert.DoesNotContain(" in hold", report.Stacks, StringComparison.Ordinal);
    }

    [Fact(Timeout = Bound)]
    public async Task A_worker_that_has_ended_has_no_stacks()
    {
        Rig rig = await StartAsync();
        WorkerId worker = Worker(rig);
        await rig.Pool.RecycleAsync(cancellationToken: Cancellation);

        Assert.Null(await rig.Pool.ReadStacksAsync(worker, Cancellation));
        await Assert.ThrowsAsync<ArgumentException>(
            () => rig.Pool.ReadStacksAsync(worker with { Pool = "other" }, Cancellation));
    }

    private static WorkerId Worker(Rig rig) => Assert.Single(rig.Pool.GetSnapshot().Workers).Id;

    private static int Occurrences(string stacks) => stacks.Split(" in hold").Length;
}
