using Snakepit.Threads;

namespace Snakepit.Calls;

/// <summary>
/// Completes calls. Usually the thread pool does so. But callers that block its threads until their calls end leave it no thread to
/// complete them on, and it only grows by a few threads a second. Then the threads of this class complete them. They exist only while they
/// are needed.
/// </summary>
internal static class Completions
{
    private const int MaxThreads = 8; // they also run what callers do after their calls, so their stacks are as large as the pool's
    private const int Look = 10; // ms
    private const int IdleLooks = 100; // after a second without work, a thread ends
    private static readonly object s_gate = new(); // a monitor, because the threads wait on it
    private static readonly ManualResetEvent s_never = new(initialState: false); // a wait for it is a pause
    private static readonly Queue<UnaryCall> s_waiting = new();
    private static readonly CompletionWatch s_watch = new(static call => TryRun(call));
    private static int s_threads;
    private static int s_idleThreads;
    private static int s_isWatching;
    private static long s_lookedAt;
    private static long s_completed;
    private static bool s_isSlow;

    /// <summary>Completes a call: here when the thread pool makes no progress, else on the pool, unless that takes too long.</summary>
    public static void Run(UnaryCall call)
    {
        bool isBusy = !HasFreeThread();
        if (isBusy && IsSlow() && TryRun(call))
        {
            return;
        }
        ThreadPool.UnsafeQueueUserWorkItem(call, preferLocal: true);
        if (isBusy)
        {
            Watch(call);
        }
    }

    private static void Watch(UnaryCall call)
    {
        s_watch.Add(call);
        if (Volatile.Read(ref s_isWatching) == 0 && Interlocked.Exchange(ref s_isWatching, 1) == 0)
        {
            if (!OptionalThread.TryStart(KeepLooking, 256 * 1024, "Snakepit completions watch"))
            {
                Volatile.Write(ref s_isWatching, 0); // the next call tries again
            }
        }
    }

    /// <returns>False when these threads are blocked as well, or none can be started.</returns>
    private static bool TryRun(UnaryCall call)
    {
        lock (s_gate)
        {
            if (s_idleThreads <= s_waiting.Count)
            {
                if (s_threads == MaxThreads)
                {
                    return false;
                }
                if (!OptionalThread.TryStart(Work, 0, "Snakepit completions"))
                {
                    return false;
                }
                s_threads++; // the thread waits for the gate
            }
            s_waiting.Enqueue(call);
            Monitor.Pulse(s_gate);
            return true;
        }
    }

    private static void KeepLooking()
    {
        do
        {
            for (int idle = 0; idle < IdleLooks; idle++)
            {
                s_never.WaitOne(Look);
                idle = s_watch.Look() ? 0 : idle;
            }
            Interlocked.Exchange(ref s_isWatching, 0);
        }
        while (s_watch.HasNew && Interlocked.Exchange(ref s_isWatching, 1) == 0);
    }

    /// <summary>Whether the pool starts new work at once: it adds threads up to its minimum without delay.</summary>
    private static bool HasFreeThread()
    {
        ThreadPool.GetMaxThreads(out int most, out _);
        ThreadPool.GetAvailableThreads(out int available, out _);
        ThreadPool.GetMinThreads(out int least, out _);
        return most - available < least;
    }

    /// <summary>
    /// Whether the pool completes fewer than one work item per millisecond. The check costs more than a call may, so it runs only now and
    /// then.
    /// </summary>
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

    private static void Work()
    {
        while (TryTake(out UnaryCall? call))
        {
            call.Execute();
        }
    }

    private static bool TryTake(out UnaryCall call)
    {
        lock (s_gate)
        {
            while (!s_waiting.TryDequeue(out call!))
            {
                s_idleThreads++;
                bool isWoken = Monitor.Wait(s_gate, Look * IdleLooks);
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
}
