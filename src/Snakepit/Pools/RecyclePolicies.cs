namespace Snakepit.Pools;

/// <summary>
/// Asks a pool's policies about its workers, one question at a time, on one thread of its own: policies are user code, and one that blocks must hold up neither
/// calls nor readings nor the thread pool. The thread exists only while there is something to ask. Every worker waits at most once.
/// </summary>
internal sealed class RecyclePolicies(WorkerPool pool, IEnumerable<IRecyclePolicy> policies, TimeProvider time, PoolReporter reporter)
{
    private static readonly TimeSpan s_idle = TimeSpan.FromSeconds(10); // after which the thread ends
    private static readonly TimeSpan s_slow = TimeSpan.FromSeconds(10); // after which a policy that has not answered is told

    private readonly IRecyclePolicy?[] _policies = [.. policies]; // null: it threw
    private readonly object _gate = new(); // a monitor: the thread waits here
    private readonly Queue<PoolWorker> _waiting = new();
    private IRecyclePolicy? _asked; // has not answered yet
    private long _askedAt;
    private bool _slowTold; // of that question
    private bool _running;

    /// <summary>Has the policies asked about this worker, with the facts as they are then.</summary>
    public void Ask(PoolWorker worker)
    {
        if (_policies.Length == 0)
        {
            return;
        }
        Type? slow;
        lock (_gate)
        {
            slow = FindSlow_NeedsLock();
            if (!worker.AwaitsPolicies)
            {
                worker.AwaitsPolicies = true;
                _waiting.Enqueue(worker);
                Wake_NeedsLock();
            }
        }
        if (slow is not null)
        {
            reporter.PolicyBlocks(slow, s_slow);
        }
    }

    private Type? FindSlow_NeedsLock()
    {
        if (_asked is null || _slowTold || time.GetElapsedTime(_askedAt) < s_slow)
        {
            return null;
        }
        _slowTold = true;
        return _asked.GetType();
    }

    private void Wake_NeedsLock()
    {
        if (_running)
        {
            Monitor.Pulse(_gate);
            return;
        }
        _running = true;
        new Thread(Run) { IsBackground = true, Name = $"Snakepit policies {pool.Name}" }.UnsafeStart();
    }

    private void Run()
    {
        while (TryTake(out PoolWorker? worker))
        {
            try
            {
                if (pool.DescribeToPolicies(worker) is { } candidate)
                {
                    pool.OnJudged(worker, AskAll(candidate));
                }
            }
            catch (Exception error)
            {
                pool.OnEffectFailed(error); // policies themselves may throw: what is left is ours
            }
        }
    }

    /// <returns>False: nothing has been asked for so long that the thread ends.</returns>
    private bool TryTake(out PoolWorker worker)
    {
        lock (_gate)
        {
            while (!_waiting.TryDequeue(out worker!))
            {
                if (!Monitor.Wait(_gate, s_idle) && _waiting.Count == 0)
                {
                    return _running = false;
                }
            }
            worker.AwaitsPolicies = false; // before its facts are read: what changes from now on is another question
            return true;
        }
    }

    private RecycleDecision AskAll(in RecycleCandidate worker)
    {
        for (int i = 0; i < _policies.Length; i++)
        {
            if (_policies[i] is { } policy && Ask(policy, i, worker) is { ShouldRecycle: true } decision)
            {
                return decision;
            }
        }
        return RecycleDecision.Keep;
    }

    private RecycleDecision Ask(IRecyclePolicy policy, int index, in RecycleCandidate worker)
    {
        Note(policy);
        try
        {
            return policy.Evaluate(worker);
        }
        catch (Exception error)
        {
            _policies[index] = null;
            reporter.PolicyFailed(error, policy.GetType());
            return RecycleDecision.Keep;
        }
        finally
        {
            Note(null);
        }
    }

    private void Note(IRecyclePolicy? asked)
    {
        lock (_gate)
        {
            (_asked, _askedAt, _slowTold) = (asked, time.GetTimestamp(), false);
        }
    }
}
