using Snakepit.Threads;

namespace Snakepit.Pools;

/// <summary>
/// Asks a pool's policies about its workers, one question at a time, on one thread of its own: policies are user code, and one that blocks must hold up neither
/// calls nor readings nor the thread pool. Every worker waits at most once.
/// </summary>
internal sealed class RecyclePolicies
{
    private static readonly TimeSpan s_slow = TimeSpan.FromSeconds(10); // after which a policy that has not answered is told

    private readonly WorkerPool _pool;
    private readonly TimeProvider _time;
    private readonly PoolReporter _reporter;
    private readonly IRecyclePolicy?[] _policies; // null: it threw
    private readonly ThreadQueue<PoolWorker> _waiting;
    private readonly Lock _gate = new();
    private IRecyclePolicy? _asked; // has not answered yet
    private long _askedAt;
    private bool _slowTold; // of that question

    public RecyclePolicies(WorkerPool pool, IEnumerable<IRecyclePolicy> policies, TimeProvider time, PoolReporter reporter)
    {
        _pool = pool;
        _time = time;
        _reporter = reporter;
        _policies = [.. policies];
        _waiting = new ThreadQueue<PoolWorker>($"Snakepit policies {pool.Name}", Judge);
    }

    /// <summary>Has the policies asked about this worker, with the facts as they are then.</summary>
    public void Ask(PoolWorker worker)
    {
        if (_policies.Length == 0)
        {
            return;
        }
        if (worker.TryAwaitPolicies())
        {
            _waiting.Add(worker);
        }
        if (FindSlow() is { } slow)
        {
            _reporter.PolicyBlocks(slow, s_slow);
        }
    }

    private Type? FindSlow()
    {
        lock (_gate)
        {
            if (_asked is null || _slowTold || _time.GetElapsedTime(_askedAt) < s_slow)
            {
                return null;
            }
            _slowTold = true;
            return _asked.GetType();
        }
    }

    private void Judge(PoolWorker worker)
    {
        worker.EndWaitForPolicies(); // before its facts are read: what changes from now on is another question
        try
        {
            if (_pool.DescribeToPolicies(worker) is { } candidate)
            {
                _pool.OnJudged(worker, AskAll(candidate));
            }
        }
        catch (Exception error)
        {
            _pool.OnEffectFailed(error); // policies themselves may throw: what is left is ours
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
            _reporter.PolicyFailed(error, policy.GetType());
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
            (_asked, _askedAt, _slowTold) = (asked, _time.GetTimestamp(), false);
        }
    }
}
