using Snakepit.Pools.Kernel;

namespace Snakepit.Pools;

/// <summary>Connects a pool with the budgets of its runtime: passes on what the pool needs, and gives the kernel its allowance.</summary>
internal sealed class BudgetMember : IKernelBound
{
    private readonly HostBudget _budget;
    private readonly PoolContext _pool;
    private readonly PoolCore _core;
    private readonly PoolShare _share;

    public BudgetMember(HostBudget budget, PoolContext pool, PoolCore core)
    {
        (_budget, _pool, _core) = (budget, pool, core);
        _share = budget.Join(pool.Name, () => pool.Options, Take);
    }

    public PoolBudget Read() => _budget.Read(_share);

    /// <summary>Passes on what the kernel needs.</summary>
    public void Ask_NeedsLock() => _budget.Ask(_share, _core.Kernel.Needs);

    /// <summary>The pool has stopped.</summary>
    public void Leave() => _budget.Leave(_share);

    void IKernelBound.OnKernelReplaced_NeedsLock() => _budget.Restart(_share);

    private void Take(BudgetNews news)
    {
        if (news.Expected > news.Budget && news.Budget.Bytes > 0 && news.IsTight)
        {
            _pool.Reporter.BudgetBelowOneWorker(news);
        }
        else if (news.IsShort)
        {
            _pool.Reporter.BudgetIsShort(news);
        }
        else if (news.IsTight)
        {
            _pool.Reporter.BudgetIsTight(news);
        }
        _core.Command(PoolCommand.Set(news.Allowance));
    }
}
