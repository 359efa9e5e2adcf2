using Microsoft.Extensions.Time.Testing;
using Snakepit.Testing;

namespace Snakepit.Tests.Pools;

/// <summary>The report of a failed start tells that start's failure, whatever has happened in other slots since.</summary>
[Trait("Rule", "L10")]
public sealed class StartFailureTests
{
    [Fact]
    public async Task Recycle_tells_why_its_slot_kept_the_old_worker_though_another_slot_is_ready_when_it_is_told()
    {
        var gate = new TaskCompletionSource();
        var time = new BlockingTime();
        await using PoolFixture fixture = await PoolFixture.StartAsync(
            worker => worker.Id switch
            {
                { Slot: 1 } => gate.Task,
                { Generation: > 1 } => throw new FakeToolException("ImportError", "no torch"),
                _ => Task.CompletedTask,
            },
            static p => p.Size = 2,
            time);
        await fixture.ReadyAsync();
        using var teller = new Teller(time, fixture.Pool);
        await teller.Blocked; // what happens from here on is reported later

        Task<RecycleReport> recycling = fixture.RecycleAsync(0);
        gate.SetResult();
        await fixture.UntilAsync(static pool => pool.Workers.Count(static worker => worker.State == WorkerState.Serving) == 2);
        Assert.Null(fixture.Now.LastStartFailure);
        teller.Open();

        SlotRecycle slot = Assert.Single((await recycling).Slots);
        Assert.Equal(SlotRecycleOutcome.KeptOld, slot.Outcome);
        Assert.Contains("ImportError: no torch", slot.FailureReason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Replacement_that_failed_in_time_tells_why_when_it_is_overdue_though_another_slot_was_ready_since()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync(
            static worker =>
                worker.Id is { Slot: 0, Generation: > 1 } ? throw new FakeToolException("ImportError", "no torch") : Task.CompletedTask,
            static p => (p.Size, p.Recycle.MaxRequests) = (2, 1)); // replacements start with the workers
        await fixture.ReadyAsync(2);
        Assert.Contains(fixture.Now.Workers, static worker => worker.Id.Slot == 0 && worker.FailedReplacements > 0);
        Assert.True((await fixture.RecycleAsync(1)).AllReplaced);
        Assert.Null(fixture.Now.LastStartFailure);
        Assert.DoesNotContain(fixture.Events(), static happened => happened is ReplacementOverdueEvent);

        Task<int> call;
        HeldCall held;
        do
        {
            call = fixture.Begin();
            held = fixture.NextSlow();
        }
        while (held.Request.Worker.Id.Slot != 0); // the other slot's replacements take one call each
        held.Return(0);
        await call;

        ReplacementOverdueEvent overdue = fixture.Events().OfType<ReplacementOverdueEvent>().First();
        Assert.Equal(0, overdue.Worker.Slot);
        Assert.Contains("ImportError: no torch", overdue.Failure?.Message, StringComparison.Ordinal);
    }

    /// <summary>Raises an event on a thread, and keeps the thread busy with it.</summary>
    private sealed class Teller : IDisposable
    {
        private readonly BlockingTime _time;
        private readonly Thread _thread;

        public Teller(BlockingTime time, IWorkerPool pool)
        {
            _time = time;
            _thread = new Thread(() => pool.Taint(0, TimeSpan.FromSeconds(1)));
            time.Teller = _thread;
            _thread.Start();
        }

        public Task Blocked => _time.Blocked;

        public void Open() => _time.Open();

        public void Dispose()
        {
            _time.Open();
            _thread.Join();
        }
    }

    /// <summary>A clock that blocks one thread when it asks for the time of an event.</summary>
    private sealed class BlockingTime : FakeTimeProvider
    {
        private readonly TaskCompletionSource _open = new();
        private readonly TaskCompletionSource _blocked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private bool _isTimestamp; // the teller's time

        public Thread? Teller { get; set; }

        public Task Blocked => _blocked.Task;

        public void Open() => _open.TrySetResult();

        public override long GetTimestamp()
        {
            bool isTeller = Thread.CurrentThread == Teller;
            _isTimestamp |= isTeller;
            long now = base.GetTimestamp(); // asks for the time
            _isTimestamp &= !isTeller;
            return now;
        }

        public override DateTimeOffset GetUtcNow()
        {
            if (Thread.CurrentThread == Teller && !_isTimestamp)
            {
                _blocked.TrySetResult();
                _open.Task.Wait();
            }
            return base.GetUtcNow();
        }
    }
}
