using Snakepit.Threads;

namespace Snakepit.Pools;

/// <summary>
/// Evaluates a pool's policies for its workers, one at a time, on a thread of its own: policies are user code, and one that blocks must not
/// delay calls, readings or the thread pool. Every worker waits at most once.
/// </summary>
internal sealed class RecyclePolicies
{
    private static readonly TimeSpan s_slow = TimeSpan.FromSeconds(10); // a policy that has not returned after this time is reported

    private readonly PoolContext _pool;
    private readonly LimitSignals _limits;
    private readonly Action<Exception> _fail;
    private readonly IRecyclePolicy?[] _policies; // null when it threw
    private readonly ThreadQueue<PoolWorker> _waiting;
    private readonly Lock _gate = new();
    private IRecyclePolicy? _asked; // has not returned yet
    private long _askedAt;
    private bool _slowTold; // whether the log mentions the running one

    /// <param name="pool">The pool.</param>
    /// <param name="limits">Describes workers, and takes the policies' decisions.</param>
    /// <param name="fail">Gets the exceptions of this class, not those of policies.</param>
    public RecyclePolicies(PoolContext pool, LimitSignals limits, Action<Exception> fail)
    {
        _pool = pool;
        _limits = limits;
        _fail = fail;
        _policies = [.. pool.Options.Recycle.Policies];
        _waiting = new ThreadQueue<PoolWorker>($"Snakepit policies {pool.Name}", Judge);
    }

    /// <summary>Queues an evaluation for this worker, which uses the facts at that time.</summary>
    public void Ask(PoolWorker worker)
    {
        if (_policies.Length == 0)
        {
            return;
        }
        if (worker.Policies.TryAwait())
        {
            _waiting.Add(worker);
        }
        if (FindSlow() is { } slow)
        {
            _pool.Reporter.PolicyBlocks(slow, s_slow);
        }
    }

    private Type? FindSlow()
    {
        lock (_gate)
        {
            if (_asked is null || _slowTold || _pool.Clock.Elapsed(_askedAt) < s_slow)
            {
                return null;
            }
            _slowTold = true;
            return _asked.GetType();
        }
    }

    private void Judge(PoolWorker worker)
    {
        worker.Policies.EndWait(); // before its facts are read: later changes need another evaluation
        try
        {
            if (_limits.Describe(worker) is { } candidate)
            {
                _limits.OnJudged(worker, AskAll(candidate));
            }
        }
        catch (Exception error)
        {
            _fail(error);
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
            _pool.Reporter.PolicyFailed(error, policy.GetType());
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
            (_asked, _askedAt, _slowTold) = (asked, _pool.Clock.Now, false);
        }
    }
}
