using Snakepit.Pools.Kernel;
using Snakepit.Workers;

namespace Snakepit.Pools;

/// <summary>
/// Divides among the pools of a runtime what they have together: memory, and the number of workers that may be replaced at once. It tells
/// each pool its <see cref="Allowance"/>, by which the pool's kernel decides, and says whether a start that has been decided has room. A
/// worker counts with the memory that one of its pool is expected to need until it is a minute old, then with its own. A zygote counts with
/// the memory that its imports take.
/// </summary>
/// <param name="memory">The bytes that all workers may have; null for no limit.</param>
/// <param name="replacements">The number of workers that may be replaced at once; null for no limit.</param>
/// <param name="time">The clock.</param>
internal sealed class HostBudget(long? memory, int? replacements, TimeProvider time)
{
    private const double Slack = 1.25; // once there is no room for two, there is again with this much more
    private static readonly TimeSpan s_adulthood = TimeSpan.FromMinutes(1);
    private readonly Lock _gate = new();
    private readonly List<(PoolShare Share, Action<BudgetNews> Tell)> _pools = [];
    private readonly Dictionary<IGatedStart, (PoolShare Share, WorkerCharge Worker)> _workers = [];
    private readonly Dictionary<IZygoteProcess, (PoolShare Share, long Bytes)> _zygotes = [];
    private long _turns;
    private bool _isTelling;

    public bool LimitsMemory => memory is not null;

    public bool LimitsReplacements => replacements is not null;

    /// <summary>Gives a pool its share.</summary>
    /// <param name="pool">The pool's name.</param>
    /// <param name="options">Returns its settings, which a reload changes.</param>
    /// <param name="tell">Is told of the pool's allowance, one call at a time, on any thread.</param>
    public PoolShare Join(string pool, Func<PoolOptions> options, Action<BudgetNews> tell)
    {
        var share = new PoolShare(
            pool, options, Allowance.First(LimitsMemory, LimitsReplacements), (long)(s_adulthood.TotalSeconds * time.TimestampFrequency));
        lock (_gate)
        {
            _pools.Add((share, tell));
        }
        return share;
    }

    /// <summary>The pool has stopped.</summary>
    public void Leave(PoolShare share)
    {
        lock (_gate)
        {
            _pools.RemoveAll(pool => pool.Share == share);
            TellLater_NeedsLock();
        }
    }

    /// <summary>The pool needs something else than before.</summary>
    public void Ask(PoolShare share, PoolNeeds needs)
    {
        if (share.Needs == needs)
        {
            return; // only the pool changes it, under its lock
        }
        lock (_gate)
        {
            share.Ask(needs);
            TellLater_NeedsLock();
        }
    }

    /// <summary>The pool has a new kernel.</summary>
    public void Restart(PoolShare share)
    {
        lock (_gate)
        {
            share.Restart();
            TellLater_NeedsLock();
        }
    }

    /// <summary>Returns whether a start needs no room: memory is not limited, or is kept for it.</summary>
    public bool IsKept(IGatedStart start)
    {
        lock (_gate)
        {
            return !LimitsMemory || Find_NeedsLock(start.Pool) is not { } share || share.IsClaimed(start.Slot);
        }
    }

    /// <summary>Returns whether there is memory for a start that needs room.</summary>
    /// <param name="start">The start.</param>
    /// <param name="whenSettled">True when the processes that are being replaced do not count.</param>
    public bool HasRoom(IGatedStart start, bool whenSettled = false)
    {
        lock (_gate)
        {
            return Find_NeedsLock(start.Pool) is { IsUnknown: false } share && memory - Sum_NeedsLock(whenSettled) >= share.Expected;
        }
    }

    /// <summary>Counts a start that begins.</summary>
    public void Reserve(IGatedStart start)
    {
        lock (_gate)
        {
            if (LimitsMemory && Find_NeedsLock(start.Pool) is { } share)
            {
                _workers[start] = (share, share.Add(start.Slot));
                TellLater_NeedsLock();
            }
        }
    }

    /// <summary>A worker's memory was read. 0 stands for a memory that cannot be read.</summary>
    /// <returns>Whether it is new that others may have room.</returns>
    public bool Note(IGatedStart start, long bytes)
    {
        lock (_gate)
        {
            if (!_workers.TryGetValue(start, out (PoolShare Share, WorkerCharge Worker) known))
            {
                return false;
            }
            bool isNew = !known.Worker.IsMeasured || bytes < known.Worker.Current;
            known.Worker.Note(bytes, time.GetTimestamp());
            TellLater_NeedsLock();
            return isNew;
        }
    }

    /// <summary>A process has ended, or will never exist.</summary>
    /// <returns>Whether others may have room.</returns>
    public bool Release(IGatedStart start)
    {
        lock (_gate)
        {
            if (!_workers.Remove(start, out (PoolShare Share, WorkerCharge Worker) known))
            {
                return false;
            }
            known.Share.Remove(known.Worker);
            TellLater_NeedsLock();
            return true;
        }
    }

    /// <summary>A zygote has imported its modules. It counts from now on, whether there is room for it or not.</summary>
    public void NoteZygote(string pool, IZygoteProcess zygote, long bytes)
    {
        lock (_gate)
        {
            if (LimitsMemory && Find_NeedsLock(pool) is { } share && _zygotes.TryAdd(zygote, (share, bytes)))
            {
                share.Zygotes += bytes;
                TellLater_NeedsLock();
            }
        }
    }

    /// <summary>No workers share the memory of a zygote any more.</summary>
    /// <returns>Whether others may have room.</returns>
    public bool ReleaseZygote(IZygoteProcess zygote)
    {
        lock (_gate)
        {
            if (!_zygotes.Remove(zygote, out (PoolShare Share, long Bytes) known))
            {
                return false;
            }
            known.Share.Zygotes -= known.Bytes;
            TellLater_NeedsLock();
            return true;
        }
    }

    public BudgetSnapshot Read()
    {
        lock (_gate)
        {
            long now = time.GetTimestamp();
            PoolBudget[] pools = [.. _pools.Select(pool => Describe(pool.Share, now))];
            return new BudgetSnapshot
            {
                MemoryBudget = memory is { } bytes ? MemorySize.FromBytes(bytes) : null,
                MaxConcurrentRecycles = replacements,
                Reserved = MemorySize.FromBytes(pools.Sum(static pool => pool.Reserved.Bytes)),
                Used = MemorySize.FromBytes(pools.Sum(static pool => pool.Used.Bytes)),
                Replacing = pools.Sum(static pool => pool.Replacing),
                Pools = pools,
            };
        }
    }

    /// <summary>Returns the pool's part of the snapshot.</summary>
    public PoolBudget Read(PoolShare share)
    {
        lock (_gate)
        {
            return Describe(share, time.GetTimestamp());
        }
    }

    private static PoolBudget Describe(PoolShare share, long now) => new()
    {
        Pool = share.Name,
        ExpectedFootprint = MemorySize.FromBytes(share.Expected),
        Reserved = MemorySize.FromBytes(share.Present(now)),
        Used = MemorySize.FromBytes(share.Used),
        Zygotes = MemorySize.FromBytes(share.Zygotes),
        WaitingForMemory = Math.Max(0, share.Needs.Workers - share.Told.Workers),
        StopsFirst = !share.Told.MayOverlap,
        Replacing = share.Needs.Replacing,
        WaitingToReplace = Math.Max(0, share.Needs.Asked - Math.Max(share.Granted, share.Needs.Replacing)),
    };

    private PoolShare? Find_NeedsLock(string pool) => _pools.Find(known => known.Share.Name == pool).Share;

    private long Sum_NeedsLock(bool settled)
    {
        long now = time.GetTimestamp();
        long sum = 0;
        foreach ((PoolShare share, _) in _pools)
        {
            sum += settled ? share.Settled(now) : share.Present(now);
        }
        return sum;
    }

    /// <summary>Divides the replacements anew: what a pool does not ask for goes to those that wait, in turn.</summary>
    private void Grant_NeedsLock()
    {
        if (replacements is not { } most)
        {
            return;
        }
        foreach ((PoolShare share, _) in _pools)
        {
            share.Granted = Math.Max(share.Needs.Replacing, Math.Min(share.Granted, share.Needs.Asked));
        }
        int free = most - _pools.Sum(static pool => pool.Share.HeldReplacements);
        while (free > 0 && _pools.Select(static pool => pool.Share).Where(static share => share.Granted < share.Needs.Asked)
            .MinBy(static share => share.Turn) is { } next)
        {
            int before = next.HeldReplacements;
            next.Granted++;
            next.Turn = ++_turns;
            free -= next.HeldReplacements - before;
        }
    }

    private Allowance AllowanceOf_NeedsLock(PoolShare share, long room)
    {
        int granted = LimitsReplacements ? share.Granted : int.MaxValue;
        if (!LimitsMemory)
        {
            return new Allowance(int.MaxValue, true, granted);
        }
        long expected = Math.Max(1, share.Expected);
        int least = Math.Max(share.Claimed, share.SlotsInUse);
        long most = Math.Min(least + (Math.Max(0, room) / expected), Math.Max(least, (2L * share.Needs.Workers) + 1));
        bool mayOverlap = room >= (share.Told.MayOverlap ? expected : expected * Slack);
        return new Allowance((int)most, mayOverlap, granted);
    }

    /// <summary>Pools hear of their allowances on another thread, because this one may hold a pool's lock.</summary>
    private void TellLater_NeedsLock()
    {
        if (!_isTelling && (LimitsMemory || LimitsReplacements))
        {
            _isTelling = true;
            ThreadPool.UnsafeQueueUserWorkItem(static self => self.TellAll(), this, preferLocal: false);
        }
    }

    private void TellAll()
    {
        while (true)
        {
            PoolShare share;
            Action<BudgetNews> tell;
            BudgetNews news;
            lock (_gate)
            {
                Grant_NeedsLock();
                long room = memory is { } bytes ? bytes - Sum_NeedsLock(settled: true) : 0;
                (share, tell) = _pools.Find(pool => AllowanceOf_NeedsLock(pool.Share, room) != pool.Share.Told);
                if (share is null)
                {
                    _isTelling = false;
                    return;
                }
                Allowance before = share.Told;
                share.Told = AllowanceOf_NeedsLock(share, room);
                news = new BudgetNews(
                    share.Told, before, MemorySize.FromBytes(memory ?? 0), MemorySize.FromBytes((memory ?? 0) - room),
                    MemorySize.FromBytes(share.Expected), share.Needs.Workers);
            }
            tell(news);
            lock (_gate)
            {
                share.Confirmed = share.Told; // no one else tells meanwhile
            }
        }
    }
}
