namespace Snakepit.IntegrationTests.Fixture;

/// <summary>
/// Blocks the threads of this process's thread pool until it is disposed, and keeps the thread pool from adding others. Create and
/// dispose it on a thread of your own.
/// </summary>
internal sealed class StuckThreadPool : IDisposable
{
    private readonly int _mostBefore;
    private readonly int _mostCompleting;
    private readonly CountdownEvent _left;
    private readonly ManualResetEventSlim _release = new();

    /// <param name="free">The number of threads that are not blocked.</param>
    public StuckThreadPool(int free = 0)
    {
        ThreadPool.GetMaxThreads(out _mostBefore, out _mostCompleting);
        int threads = Environment.ProcessorCount; // a thread pool cannot have fewer
        ThreadPool.SetMinThreads(1, 1);
        ThreadPool.SetMaxThreads(threads, _mostCompleting);
        threads -= free;
        _left = new CountdownEvent(threads);
        using var stuck = new CountdownEvent(threads);
        for (int i = 0; i < threads; i++)
        {
            ThreadPool.UnsafeQueueUserWorkItem(_ => Block(stuck), null);
        }
        stuck.Wait();
    }

    public void Dispose()
    {
        _release.Set();
        _left.Wait();
        ThreadPool.SetMaxThreads(_mostBefore, _mostCompleting);
        _release.Dispose();
        _left.Dispose();
    }

    private void Block(CountdownEvent stuck)
    {
        stuck.Signal();
        _release.Wait();
        _left.Signal();
    }
}
