using Snakepit.Pools.Kernel;

namespace Snakepit.Pools;

/// <summary>
/// One pool's part of the budgets: its workers with their memory, what it asks for, and what it was told. Used under the lock of
/// <see cref="HostBudget"/>, which adds up the shares.
/// </summary>
internal sealed class PoolShare
{
    private const long Assumed = 64L << 20;
    private readonly Func<PoolOptions> _options;
    private readonly Allowance _first;
    private readonly long _adulthood;
    private readonly Dictionary<int, List<WorkerCharge>> _slots = []; // by slot: its processes, old and new
    private long _learned; // the highest memory of the last worker that has ended; 0 when none was measured

    /// <param name="name">The pool's name.</param>
    /// <param name="options">Returns the pool's settings, which a reload changes.</param>
    /// <param name="first">The allowance that the pool begins with.</param>
    /// <param name="adulthood">The time after which a worker counts with its own memory only, in timestamp units.</param>
    public PoolShare(string name, Func<PoolOptions> options, Allowance first, long adulthood)
    {
        (Name, _options, _first, _adulthood) = (name, options, first, adulthood);
        Restart();
    }

    public string Name { get; }

    public PoolNeeds Needs { get; private set; } = new(1, 0, 0);

    /// <summary>The number of workers whose memory is kept for the pool, whether they are there or not. At least one.</summary>
    public int Claimed { get; private set; } = 1;

    /// <summary>The number of replacements that the pool may make; see <see cref="HostBudget"/>.</summary>
    public int Granted { get; set; }

    /// <summary>The place in the order of the pools that ask for replacements.</summary>
    public long Turn { get; set; }

    /// <summary>The memory that the imports of its zygotes take.</summary>
    public long Zygotes { get; set; }

    /// <summary>What was told last, and may not have reached the kernel yet.</summary>
    public Allowance Told { get; set; }

    /// <summary>What the kernel knows.</summary>
    public Allowance Confirmed { get; set; }

    public int SlotsInUse => _slots.Count;

    /// <summary>The replacements that the pool may make or makes, as far as it knows.</summary>
    public int HeldReplacements =>
        Math.Max(Math.Max(Granted, Needs.Replacing), Math.Max(Told.Replacements, Confirmed.Replacements));

    /// <summary>
    /// The memory to expect of a worker: the most that any present worker has had; without a measured one, that of the last that has ended,
    /// or Memory.HardLimit, or 64 MiB.
    /// </summary>
    public long Expected
    {
        get
        {
            long most = 0;
            foreach (List<WorkerCharge> workers in _slots.Values)
            {
                foreach (WorkerCharge worker in workers)
                {
                    most = Math.Max(most, worker.Peak);
                }
            }
            return most > 0 ? most : _learned > 0 ? _learned : _options().Memory.HardLimit?.Bytes ?? Assumed;
        }
    }

    /// <summary>Whether nobody knows what a worker needs: one has to show it before others start.</summary>
    public bool IsUnknown =>
        _learned == 0 && _options().Memory.HardLimit is null
            && !_slots.Values.Any(static workers => workers.Exists(static w => w.IsMeasured));

    /// <summary>The measured memory of the workers and zygotes that are there.</summary>
    public long Used => Zygotes + _slots.Values.Sum(static workers => workers.Sum(static worker => worker.Current));

    private int Vacant => Math.Max(0, Claimed - _slots.Count);

    /// <summary>Whether a worker may start in the slot whatever the others have: the slot's memory is kept for it.</summary>
    public bool IsClaimed(int slot) => Vacant > 0 && !_slots.ContainsKey(slot);

    /// <summary>Returns the memory of all processes, and what is kept.</summary>
    public long Present(long now) => Sum(now, static (sum, charge) => sum + charge);

    /// <summary>Returns the memory when all replacements under way are over: one worker counts for each slot.</summary>
    public long Settled(long now) => Sum(now, Math.Max);

    public WorkerCharge Add(int slot)
    {
        var worker = new WorkerCharge(slot);
        if (!_slots.TryGetValue(slot, out List<WorkerCharge>? workers))
        {
            _slots[slot] = workers = [];
        }
        workers.Add(worker);
        Claimed = Math.Max(Claimed, _slots.Count);
        return worker;
    }

    public void Remove(WorkerCharge worker)
    {
        _learned = worker.Peak > 0 ? worker.Peak : _learned;
        List<WorkerCharge> workers = _slots[worker.Slot];
        workers.Remove(worker);
        if (workers.Count == 0)
        {
            _slots.Remove(worker.Slot);
        }
        LimitClaim();
    }

    /// <summary>The pool needs something else. What it no longer wants is not kept for it.</summary>
    public void Ask(PoolNeeds needs)
    {
        Needs = needs;
        LimitClaim();
    }

    /// <summary>The pool has a new kernel, which has been told nothing.</summary>
    public void Restart() => (Told, Confirmed) = (_first, _first);

    private void LimitClaim() => Claimed = Math.Max(1, Math.Min(Claimed, Math.Max(Needs.Workers, _slots.Count)));

    private long Sum(long now, Func<long, long, long> ofSlot)
    {
        long expected = Expected;
        long sum = Zygotes + (Vacant * expected);
        foreach (List<WorkerCharge> workers in _slots.Values)
        {
            long slot = 0;
            foreach (WorkerCharge worker in workers)
            {
                bool isYoung = !worker.IsMeasured || now - worker.MeasuredAt < _adulthood;
                slot = ofSlot(slot, isYoung ? Math.Max(worker.Current, expected) : worker.Current);
            }
            sum += slot;
        }
        return sum;
    }
}
