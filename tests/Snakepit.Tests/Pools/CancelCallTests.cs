using Snakepit.Testing;

namespace Snakepit.Tests.Pools;

/// <summary>Calls that are cancelled by their number, for somebody other than their caller.</summary>
[Trait("Rule", "L5")]
public sealed class CancelCallTests
{
    [Fact]
    public async Task A_running_call_ends_for_its_caller_and_the_tool_is_told()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        Task<int> call = fixture.Begin();
        HeldCall held = fixture.NextSlow();
        ulong number = RunningCall(fixture);

        Assert.True(fixture.Face.CancelCall(number));

        OperationCanceledException error = await Assert.ThrowsAsync<OperationCanceledException>(() => call);
        Assert.Equal("Tool 'slow' in pool 'text' was cancelled by CancelCall, not by its caller.", error.Message);
        Assert.Equal(CancellationToken.None, error.CancellationToken);
        Assert.True(held.Request.CancellationToken.IsCancellationRequested);
        Assert.False(fixture.Face.CancelCall(number));
    }

    [Fact]
    public async Task A_call_that_has_ended_or_never_was_is_not_found()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        Task<int> first = fixture.Begin();
        HeldCall held = fixture.NextSlow();
        ulong ended = RunningCall(fixture);
        held.Return(1);
        Assert.Equal(1, await first);
        Task<int> second = fixture.Begin();

        Assert.All((ulong[])[ended, 0, ulong.MaxValue, 4_000_000], call => Assert.False(fixture.Face.CancelCall(call)));

        fixture.NextSlow().Return(2);
        Assert.Equal(2, await second);
    }

    [Fact]
    public async Task The_callers_own_cancellation_is_told_as_such()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        using var caller = new CancellationTokenSource();
        Task<int> call = fixture.BeginFor(caller);

        await caller.CancelAsync();

        OperationCanceledException error = await Assert.ThrowsAsync<OperationCanceledException>(() => call);
        Assert.Equal(caller.Token, error.CancellationToken);
    }

    [Fact]
    public async Task Stream_and_session_of_a_call_are_told()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        Task<int> call = fixture.Face.GetSession("user-42").ExecuteAsync<int>(
            "slow", cancellationToken: TestContext.Current.CancellationToken).AsTask();

        RunningTool running = Assert.Single(Assert.Single(fixture.Now.Workers).RunningTools);

        Assert.Equal(("slow", "user-42", false), (running.Name, running.Session, running.IsStream));
        fixture.NextSlow().Return(1);
        Assert.Equal(1, await call);
    }

    private static ulong RunningCall(PoolFixture fixture) =>
        Assert.Single(Assert.Single(fixture.Now.Workers).RunningTools).Call;
}
