using System.Threading.Tasks.Sources;

namespace Snakepit.Tests.Calls;

/// <summary>
/// The caller of a call continues exactly once, whether it begins to wait before or after the call ends. It never continues through the
/// thread pool.
/// </summary>
public sealed class CallerTests
{
    private Caller _caller;
    private int _continued;

    [Fact]
    public void A_caller_who_waits_is_continued_by_whoever_ends_the_call()
    {
        Await();
        Assert.Equal(ValueTaskSourceStatus.Pending, _caller.GetStatus(_caller.Version));

        Assert.True(_caller.End());
        Assert.Equal(0, _continued);
        _caller.Continue();

        Assert.Equal(1, _continued);
        Assert.Equal(ValueTaskSourceStatus.Succeeded, _caller.GetStatus(_caller.Version));
        _caller.GetResult(_caller.Version);
    }

    [Fact]
    public void A_caller_who_comes_when_the_call_is_over_carries_on_at_once()
    {
        Assert.False(_caller.End());

        Await();

        Assert.Equal(1, _continued);
    }

    [Fact]
    public void A_call_is_used_again_by_its_next_caller_alone()
    {
        Await();
        _caller.End();
        _caller.Continue();
        short earlier = _caller.Version;

        _caller.Reset();
        Await();

        Assert.Equal(1, _continued);
        Assert.Throws<InvalidOperationException>(() => _caller.GetStatus(earlier));
        Assert.Throws<InvalidOperationException>(() => _caller.GetResult(earlier));
        Assert.Throws<InvalidOperationException>(() => _caller.GetResult(_caller.Version));
        Assert.Throws<InvalidOperationException>(Await);
    }

    [Fact]
    public async Task Caller_and_end_meet_once_however_they_race()
    {
        using var start = new Barrier(2);
        for (int round = 0; round < 2_000; round++)
        {
            _caller.Reset();
            _continued = 0;
            Task end = Task.Factory.StartNew(
                () =>
                {
                    start.SignalAndWait(TestContext.Current.CancellationToken);
                    if (_caller.End())
                    {
                        _caller.Continue();
                    }
                },
                TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            start.SignalAndWait(TestContext.Current.CancellationToken);
            Await();
            await end;
            Assert.Equal(1, _continued);
        }
    }

    private void Await() => _caller.Await(_ => Interlocked.Increment(ref _continued), null, _caller.Version);
}
