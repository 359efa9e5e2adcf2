using System.Globalization;
using Snakepit.Pools.Kernel;
using Snakepit.Workers;

namespace Snakepit.Pools;

/// <content>Places and devices that get no calls for a time: which deaths it takes, numbers of devices for the kernel, and orders of users.</content>
internal sealed partial class WorkerPool
{
    private const int MaxKnownDevices = 256;
    private static readonly TimeSpan s_longestTaint = TimeSpan.FromDays(49); // as for settings
    private readonly Dictionary<string, int> _devices = [];
    private int _lastDevice;

    public void Taint(int slot, TimeSpan duration)
    {
        CheckTaint(duration);
        CheckSlot(slot);
        Command(new PoolCommand(CommandKind.Taint, slot, Duration: ToUnits(duration)));
    }

    public int TaintDevice(string device, TimeSpan duration)
    {
        ArgumentException.ThrowIfNullOrEmpty(device);
        CheckTaint(duration);
        return Step((device, duration), static (pool, in taint, batch) =>
        {
            string device = taint.device;
            int count = pool._workers.Sum(slot => slot.Count(worker => worker.Device == device));
            if (count > 0)
            {
                pool.Command_NeedsLock(
                    new PoolCommand(CommandKind.TaintDevice, Value: pool._devices.GetValueOrDefault(device), Duration: pool.ToUnits(taint.duration)), batch);
            }
            return count;
        });
    }

    public int LiftTaint(int? slot)
    {
        if (slot is { } one)
        {
            CheckSlot(one);
        }
        return Step(slot ?? -1, static (pool, in slot, batch) =>
        {
            int count = pool._kernel.CountTainted(slot);
            pool.Command_NeedsLock(new PoolCommand(CommandKind.LiftTaint, slot), batch);
            return count;
        });
    }

    /// <summary>Why more workers may be there than take calls.</summary>
    private string TellTainted()
    {
        int count;
        lock (_gate)
        {
            count = _kernel.CountTainted(-1);
        }
        return count == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" At the moment, {count} of its slots get no calls, because of crashes or TaintDevice; LiftTaint ends that.");
    }

    private static void CheckTaint(TimeSpan duration)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(duration, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(duration, s_longestTaint);
    }

    private long ToUnits(TimeSpan span) => Math.Max(1, (long)(span.Ticks * _unitsPerTick));

    /// <summary>A worker that fails in its teardown has left its place.</summary>
    private bool Taints(PoolWorker worker) => !worker.IsToldToEnd && (worker.Death?.Cause switch
    {
        DeathCause.Crash => _options.Crash.TaintOn.HasFlag(CrashKinds.Crash),
        DeathCause.OutOfMemory => _options.Crash.TaintOn.HasFlag(CrashKinds.OutOfMemory),
        _ => false,
    });

    private int NumberOf_NeedsLock(WorkerAbilities abilities)
    {
        if (abilities.Device is not { } device)
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

    /// <summary>An adapter may call every worker's device by another name.</summary>
    private void ForgetDevices_NeedsLock()
    {
        if (_devices.Count >= MaxKnownDevices)
        {
            foreach (string absent in _devices.Keys.Except(_workers.SelectMany(static slot => slot).Select(static worker => worker.Device ?? "")).ToArray())
            {
                _devices.Remove(absent);
            }
        }
    }
}
