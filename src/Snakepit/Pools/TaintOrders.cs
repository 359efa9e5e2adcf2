using Snakepit.Pools.Kernel;

namespace Snakepit.Pools;

/// <summary>
/// Tainted slots and devices, which get no calls for a time: users' orders, the numbers of devices for the kernel, and which crashes taint
/// a slot.
/// </summary>
internal sealed class TaintOrders(PoolContext pool, PoolCore core, WorkerDirectory workers)
{
    private const int MaxKnownDevices = 256;
    private static readonly TimeSpan s_longest = TimeSpan.FromDays(49); // as for settings
    private readonly Dictionary<string, int> _devices = [];
    private int _lastDevice;

    public void Taint(int slot, TimeSpan duration)
    {
        Check(duration);
        core.CheckSlot(slot);
        core.Command(new PoolCommand(CommandKind.Taint, slot, Duration: pool.Clock.ToUnits(duration)));
    }

    public int TaintDevice(string device, TimeSpan duration)
    {
        ArgumentException.ThrowIfNullOrEmpty(device);
        Check(duration);
        return core.Step(
            (self: this, device, duration),
            static (in taint, batch) => taint.self.TaintDevice_NeedsLock(taint.device, taint.duration, batch));
    }

    public int Lift(int? slot)
    {
        if (slot is { } one)
        {
            core.CheckSlot(one);
        }
        return core.Step((core, slot: slot ?? -1), static (in order, batch) =>
        {
            int count = order.core.Kernel.CountTainted(order.slot);
            order.core.Command_NeedsLock(new PoolCommand(CommandKind.LiftTaint, order.slot), batch);
            return count;
        });
    }

    /// <summary>Returns whether such an end taints the worker's slot. A worker that fails in its teardown has left its slot.</summary>
    public bool IsCausedBy(EndRecord end) => !end.IsOrdered && (end.Death?.Cause switch
    {
        DeathCause.Crash => pool.Options.Crash.TaintOn.HasFlag(CrashKinds.Crash),
        DeathCause.OutOfMemory => pool.Options.Crash.TaintOn.HasFlag(CrashKinds.OutOfMemory),
        _ => false,
    });

    /// <summary>Returns a number for a device; 0 when the worker names none.</summary>
    public int NumberOf_NeedsLock(string? device)
    {
        if (device is null)
        {
            return 0;
        }
        if (!_devices.TryGetValue(device, out int number))
        {
            ForgetDevices_NeedsLock();
            number = _devices[device] = ++_lastDevice;
        }
        return number;
    }

    private static void Check(TimeSpan duration)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(duration, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(duration, s_longest);
    }

    private int TaintDevice_NeedsLock(string device, TimeSpan duration, StepBatch batch)
    {
        int count = workers.All.Count(worker => worker.Device == device);
        if (count > 0)
        {
            var taint = new PoolCommand(
                CommandKind.TaintDevice, Device: _devices.GetValueOrDefault(device), Duration: pool.Clock.ToUnits(duration));
            core.Command_NeedsLock(taint, batch);
        }
        return count;
    }

    /// <summary>The number of known devices is limited, because an adapter may give every worker another device name.</summary>
    private void ForgetDevices_NeedsLock()
    {
        if (_devices.Count >= MaxKnownDevices)
        {
            foreach (string absent in _devices.Keys.Except(workers.All.Select(static worker => worker.Device ?? "")).ToArray())
            {
                _devices.Remove(absent);
            }
        }
    }
}
