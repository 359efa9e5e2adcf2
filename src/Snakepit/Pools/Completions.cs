namespace Snakepit.Pools;

/// <summary>
/// Where calls are completed. Usually that is the thread pool's business. But callers who block its threads until their calls are over leave it none to
/// complete them on, and it grows by a few threads a second: then these threads do it, of which there are some only while they are needed.
/// </summary>
internal static class Completions
{
    private const int MaxThreads = 8; // continuations of callers who do not block run here too, and may
    private const int Look = 10; // ms
    private static readonly TimeSpan s_idle = TimeSpan.FromSeconds(1);
    private static readonly object s_gate = new(); // a monitor: the threads wait here
    private static readonly Queue<Action> s_waiting = new();
    private static int s_threads;
    private static int s_idleThreads;
    private static long s_lookedAt;
    private static long s_completed;
    private static bool s_isSlow;

    /// <summary>Every thread of the pool is busy, and they get little done.</summary>
    public static bool IsPoolStuck()
    {
        ThreadPool.GetMaxThreads(out int most, out _);
        ThreadPool.GetAvailableThreads(out int available, out _);
        return most - available >= ThreadPool.ThreadCount && IsSlow();
    }

    /// <returns>False: these threads are stuck as well.</returns>
    public static bool TryRun(Action completion)
    {
        lock (s_gate)
        {
            if (s_idleThreads <= s_waiting.Count)
            {
                if (s_threads == MaxThreads)
                {
                    return false;
                }
                s_threads++;
                new Thread(Run, 256 * 1024) { IsBackground = true, Name = "Snakepit completions" }.UnsafeStart();
            }
            s_waiting.Enqueue(completion);
            Monitor.Pulse(s_gate);
            return true;
        }
    }

    /// <summary>Fewer than one work item a millisecond. A look costs more than a call may, so there is one every so often.</summary>
    private static bool IsSlow()
    {
        long now = Environment.TickCount64;
        long before = Volatile.Read(ref s_lookedAt);
        if (now - before >= Look && Interlocked.CompareExchange(ref s_lookedAt, now, before) == before)
        {
            long completed = ThreadPool.CompletedWorkItemCount;
            Volatile.Write(ref s_isSlow, completed - s_completed < now - before);
            s_completed = completed;
        }
        return Volatile.Read(ref s_isSlow);
    }

    private static void Run()
    {
        // Whoever awaits a task is then continued by the pool, not here.
        SynchronizationContext.SetSynchronizationContext(new PoolContext());
        while (TryTake(out Action? completion))
        {
            completion();
        }
    }

    private static bool TryTake(out Action completion)
    {
        lock (s_gate)
        {
            while (!s_waiting.TryDequeue(out completion!))
            {
                s_idleThreads++;
                bool isWoken = Monitor.Wait(s_gate, s_idle);
                s_idleThreads--;
                if (!isWoken && s_waiting.Count == 0)
                {
                    s_threads--;
                    return false;
                }
            }
            return true;
        }
    }

    private sealed class PoolContext : SynchronizationContext
    {
        public override void Post(SendOrPostCallback d, object? state) => ThreadPool.QueueUserWorkItem(static call => call.d(call.state), (d, state), preferLocal: false);

        public override SynchronizationContext CreateCopy() => this;
    }
}
