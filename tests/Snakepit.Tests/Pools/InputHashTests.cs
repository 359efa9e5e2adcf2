using Snakepit.Testing;

namespace Snakepit.Tests.Pools;

/// <summary>The arguments of a call are hashed off the caller's path.</summary>
public sealed class InputHashTests
{
    [Fact]
    public async Task Calls_go_on_while_the_arguments_of_calls_of_a_worker_that_died_are_hashed()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync(static p => p.Size = 2);
        using var open = new ManualResetEventSlim();
        var hashing = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<int> lost = fixture.Begin();
        FakeWorker worker = fixture.NextSlow().Request.Worker;
        var death = new Thread(() => worker.Crash());
        fixture.Pool.Hashing = () =>
        {
            if (Thread.CurrentThread == death)
            {
                hashing.TrySetResult();
                open.Wait();
            }
        };
        death.Start();
        await hashing.Task;

        Assert.Equal(42, await fixture.AddAsync());
        Task<int> same = fixture.Begin(); // the suspected tool
        fixture.NextSlow().Return(7);
        Assert.Equal(7, await same);
        Assert.Equal(2, fixture.Now.Workers.Count);
        Assert.False(lost.IsCompleted);

        open.Set();
        death.Join();
        await Assert.ThrowsAsync<WorkerLostException>(() => lost);
    }

    [Fact]
    public async Task All_calls_that_wait_with_the_arguments_that_killed_a_worker_are_rejected_and_no_others()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync(static p => (p.Crash.QuarantineAfter, p.Queue.Limit) = (1, 2_000));
        Task<int> lost = fixture.Begin();
        Task<int>[] same = [.. Enumerable.Range(0, 700).Select(_ => fixture.Begin())];
        Task<int> other = fixture.CallAsync<int>("slow", ToolArguments.Positional(1));

        fixture.NextSlow().Request.Worker.Crash();

        await Assert.ThrowsAsync<WorkerLostException>(() => lost);
        foreach (Task<int> call in same)
        {
            await Assert.ThrowsAsync<InputQuarantinedException>(() => call);
        }
        fixture.NextSlow().Return(7);
        Assert.Equal(7, await other);
    }
}
