using Snakepit.Threads;

namespace Snakepit.Tests.Threads;

/// <summary>Timers that need no thread of the thread pool.</summary>
[Trait("Rule", "A4")]
public sealed class TimerThreadTests : IDisposable
{
    private readonly List<Exception> _errors = [];
    private readonly TimerThread _timers;

    public TimerThreadTests() => _timers = new TimerThread(_errors.Add);

    public void Dispose() => _timers.Dispose();

    [Fact]
    public async Task Callbacks_run_in_the_order_they_are_due_and_not_on_the_thread_pool()
    {
        var fired = new List<int>();
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        bool ofThePool = false;
        void Fire(object? number)
        {
            ofThePool |= Thread.CurrentThread.IsThreadPoolThread;
            fired.Add((int)number!);
            if (fired.Count == 3)
            {
                all.SetResult();
            }
        }

        using ManualResetEventSlim armed = Hold(out ITimer hold);
        using ITimer moved = Create(Fire, 2, 100_000);
        using ITimer first = Create(Fire, 1, 0);
        moved.Change(TimeSpan.FromMilliseconds(10), Timeout.InfiniteTimeSpan);
        using ITimer last = Create(Fire, 3, 20);
        armed.Set();
        await all.Task.WaitAsync(TestContext.Current.CancellationToken);

        Assert.Equal([1, 2, 3], fired);
        Assert.False(ofThePool);
        hold.Dispose();
    }

    [Fact]
    public async Task A_timer_that_was_disposed_or_stopped_does_not_fire()
    {
        bool fired = false;
        var later = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using ManualResetEventSlim armed = Hold(out ITimer hold);
        ITimer disposed = Create(_ => fired = true, null, 0);
        using ITimer stopped = Create(_ => fired = true, null, 0);

        await disposed.DisposeAsync();
        stopped.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        using ITimer after = Create(_ => later.SetResult(), null, 0);
        armed.Set();
        await later.Task.WaitAsync(TestContext.Current.CancellationToken);

        Assert.False(fired);
        hold.Dispose();
    }

    [Fact]
    public async Task A_callback_that_throws_costs_the_others_nothing()
    {
        var other = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using ITimer broken = Create(static _ => throw new InvalidOperationException("planted"), null, 0);
        using ITimer next = Create(_ => other.SetResult(), null, 10);

        await other.Task.WaitAsync(TestContext.Current.CancellationToken);

        Assert.Equal("planted", Assert.Single(_errors).Message);
    }

    [Fact]
    public async Task A_periodic_timer_fires_until_it_is_stopped()
    {
        int count = 0;
        var thrice = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using ITimer timer = _timers.CreateTimer(
            _ =>
            {
                if (++count == 3)
                {
                    thrice.SetResult();
                }
            },
            null, TimeSpan.Zero, TimeSpan.FromMilliseconds(5));

        await thrice.Task.WaitAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Blocks the timer's thread until the returned event is set, so that no other timer fires before.</summary>
    private ManualResetEventSlim Hold(out ITimer timer)
    {
        var armed = new ManualResetEventSlim();
        using var isHeld = new ManualResetEventSlim();
        timer = Create(
            _ =>
            {
                isHeld.Set();
                armed.Wait();
            },
            null, 0);
        isHeld.Wait(TestContext.Current.CancellationToken);
        return armed;
    }

    private ITimer Create(TimerCallback callback, object? state, int milliseconds) =>
        _timers.CreateTimer(callback, state, TimeSpan.FromMilliseconds(milliseconds), Timeout.InfiniteTimeSpan);
}
