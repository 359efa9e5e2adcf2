using Snakepit.IntegrationTests.Fixture;

namespace Snakepit.IntegrationTests;

/// <summary>Tests the retries that a pool makes for callers.</summary>
public sealed class RetryTests : IntegrationTest
{
    [Fact(Timeout = Bound)]
    [Trait("Rule", "L3")]
    public async Task A_retry_is_a_new_call_and_ends_as_if_nothing_had_happened()
    {
        Rig rig = await StartAsync(configure: static p =>
        {
            (p.Call.MaxAttempts, p.Retry.MaxRetries) = (1, 1); // the pool itself does not run it again
            p.Retry.Delay = TimeSpan.FromMilliseconds(1);
        });
        Gate gate = NewGate();
        Task<string> call = rig.Pool.ExecuteAsync<string>(
            "hold", ToolArguments.Positional(gate.Path, "twice"), new ToolCallOptions { Idempotent = true }, Cancellation).AsTask();
        await rig.BegunAsync("twice");
        using Pidfd first = new(rig.OnlyWorker().Pid);

        first.Kill();
        await first.GoneAsync();
        gate.Release();

        Assert.Equal("twice", await call);
        Assert.Equal(2, rig.OnlyWorker().Id.Generation);
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L1")]
    [Trait("Rule", "L3")]
    public async Task A_call_that_may_have_run_and_is_not_idempotent_is_not_made_again()
    {
        Rig rig = await StartAsync(configure: static p => p.Retry.MaxRetries = 5);
        Gate gate = NewGate();
        Task<string> call = await rig.HoldAsync(gate, "once");
        using Pidfd worker = new(rig.OnlyWorker().Pid);

        worker.Kill();

        WorkerLostException lost = await Assert.ThrowsAsync<WorkerLostException>(() => call);
        Assert.False(lost.IsTransient);
        await rig.AssertServesAsync();
    }
}
