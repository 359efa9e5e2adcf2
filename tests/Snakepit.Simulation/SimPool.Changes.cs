using Snakepit.Pools.Kernel;

namespace Snakepit.Simulation;

/// <content>Health checks of workers, and changes around a pool: limits reached, its size, its code and the machine's memory.</content>
internal sealed partial class SimPool
{
    private const long CheckTimeout = 100;

    /// <summary>The reasons that a kernel finds by itself, or that are orders.</summary>
    private static readonly Reason[] OfTheKernel =
    [
        Reason.TtlExpired, Reason.MaxRequests, Reason.Idle, Reason.Errors, Reason.CodeChanged, Reason.ConfigurationChanged, Reason.Manual,
        Reason.Resized, Reason.Unresponsive,
    ];

    /// <summary>The reasons that a kernel is told of. Two are told more often.</summary>
    private static readonly Reason[] Limits =
    [
        Reason.MemoryThreshold, Reason.Custom,
        .. Enum.GetValues<Reason>().Where(static reason => reason.Is(ReasonTrait.Recycles) && !OfTheKernel.Contains(reason)),
    ];

    private static readonly long[] TaintTimes = [0, 20, 200, 200, 2_000, 2_000, long.MaxValue];

    private void Change(SimOperation operation)
    {
        switch (operation.Kind)
        {
            case SimOperationKind.ReachLimit:
                TellLimit(SignalKind.LimitReached, operation.Pick);
                break;
            case SimOperationKind.ClearLimit:
                TellLimit(SignalKind.LimitCleared, operation.Pick);
                break;
            case SimOperationKind.Resize:
                Resize(operation);
                break;
            case SimOperationKind.ChangeCode:
                _adapterIsBroken = operation.Pick % 2 == 0 && IsRough;
                ChangeWorkers(operation.Pick);
                break;
            case SimOperationKind.ShortenMemory:
                Command(SharesNow(operation) ?? new PoolCommand(CommandKind.SetMemoryShort, IsMemoryShort: operation.Pick % 2 != 0));
                break;
        }
    }

    /// <summary>Changes the size alone, or with other limits, or the bounds between which it follows the load, as a reload does.</summary>
    private void Resize(SimOperation operation)
    {
        int pick = operation.Pick;
        int size = 1 + (pick % 10);
        if (pick % 3 != 0)
        {
            Command(new PoolCommand(CommandKind.Resize, Size: size));
            return;
        }
        int bounds = pick / 30;
        bool isScaled = _scenario.Plan.IsScaling && bounds % 4 != 0;
        Reconfigure(OtherLimits(operation) with
        {
            Size = size,
            MinSize = isScaled ? 1 + (bounds % 3) : 0,
            MaxSize = isScaled ? 4 + (bounds % 5) : 0,
            ScalePatience = isScaled && bounds % 2 == 0 ? 2 * _scenario.Plan.ScalePatience : _scenario.Plan.ScalePatience,
        });
    }

    /// <summary>In some pools any limit becomes higher or lower; in the others, a few become higher.</summary>
    private PoolPlan OtherLimits(SimOperation operation)
    {
        var limits = SimRandom.For(_scenario.Seed, "limits", operation.Index);
        return SimRandom.For(_scenario.Seed, "limits").Chance(300)
            ? _settings with
            {
                QueueLimit = limits.Pick(_settings.QueueLimit, 1, 3, 7, 20),
                MaxConcurrent = limits.Pick(_settings.MaxConcurrent, _settings.MaxConcurrent, 0, 1, 3),
                MaxConcurrentStarts = limits.Pick(_settings.MaxConcurrentStarts, 1, 2, 4),
                MaxConcurrentRecycles = limits.Pick(_settings.MaxConcurrentRecycles, 1, 2, 3),
                MaxRequests = limits.Pick(_settings.MaxRequests, _settings.MaxRequests, 0, 2, 20),
                Ttl = limits.Pick<long>(_settings.Ttl, _settings.Ttl, 0, 40, 300, 2_000),
            }
            : _settings with
            {
                QueueLimit = Math.Max(_settings.QueueLimit, operation.Pick % 7),
                MaxConcurrentStarts = Math.Max(_settings.MaxConcurrentStarts, operation.Pick % 5),
                MaxConcurrentRecycles = Math.Max(_settings.MaxConcurrentRecycles, operation.Pick % 4),
            };
    }

    /// <summary>Changes the code that workers load, or how they are made.</summary>
    private void ChangeWorkers(int pick)
    {
        if (pick % 3 != 0)
        {
            Command(new PoolCommand(CommandKind.CodeChanged));
            return;
        }
        Reconfigure(_settings with { Blueprint = ++_lastBlueprint });
    }

    private void Reconfigure(PoolPlan settings)
    {
        _settings = settings;
        Step(new KernelStep(StepKind.Reconfigure, _clock.Now) { Plan = _bug.Plan(settings) });
    }

    /// <summary>Some pools share memory and replacements with others, which take and leave some.</summary>
    private PoolCommand? SharesNow(SimOperation operation)
    {
        var random = SimRandom.For(_scenario.Seed, "share", operation.Index);
        if (!SimRandom.For(_scenario.Seed, "shares").Chance(300) || random.Chance(200))
        {
            return null;
        }
        int room = random.Below(4);
        int workers = Math.Max(1, _after.Slots.Count - random.Below(4) + room);
        return PoolCommand.Set(new Allowance(
            random.Chance(200) ? int.MaxValue : workers, room > 0, random.Pick(0, 1, 1, 2, int.MaxValue)));
    }

    private void Taint(SimOperation operation)
    {
        if (_scenario.Plan.TaintTime == 0)
        {
            return;
        }
        int slot = operation.Pick % _after.Slots.Count;
        long duration = TaintTimes[operation.Pick / 10 % TaintTimes.Length];
        switch (operation.Kind)
        {
            case SimOperationKind.Taint:
                Command(new PoolCommand(CommandKind.Taint, slot, Duration: duration));
                break;
            case SimOperationKind.TaintDevice:
                Command(new PoolCommand(CommandKind.TaintDevice, Device: 1 + (operation.Pick % 2), Duration: duration));
                break;
            case SimOperationKind.LiftTaint:
                Command(new PoolCommand(CommandKind.LiftTaint, operation.Pick % 4 == 0 ? -1 : slot));
                break;
        }
    }

    /// <summary>Looks for what every worker needs, and looks again after the pause while it is missing.</summary>
    private void Look()
    {
        _lookAt = long.MaxValue;
        if (_after.Closing)
        {
            return;
        }
        if (_missing-- > 0)
        {
            Step(new KernelStep(StepKind.CannotStart, _clock.Now) { Note = new EndNote(1 + (_missing % 2)) });
            _lookAt = Math.Max(_clock.Now, _kernel.NextStart);
        }
        else
        {
            Step(new KernelStep(StepKind.Start, _clock.Now));
        }
    }

    /// <summary>Signals a limit of any worker, also of one that starts or leaves.</summary>
    private void TellLimit(SignalKind kind, int pick)
    {
        if (_after.Workers.Count > 0)
        {
            WorkerKey worker = _after.Workers[pick % _after.Workers.Count].Key;
            Step(LimitOf(worker, kind, Limits[pick / 7 % Limits.Length]) with { Now = _clock.Now });
        }
    }

    private static KernelStep LimitOf(WorkerKey worker, SignalKind kind, Reason reason) =>
        new(StepKind.Signal, 0) { Worker = worker, Signal = kind, Reason = reason };

    private void SubmitCheck(KernelStep check)
    {
        var random = SimRandom.For(_scenario.Seed, "check", check.Worker.Slot, check.Now);
        CallFate fate = CallFate.Decide(ref random, _faults, tool: 0, liesNow: false) with { IsCheck = true };
        Admission admission = Step(check with { Spec = new CallSpec(check.Now + CheckTimeout, Idempotent: true) }).Admission;
        if (admission.Accepted)
        {
            _fates[admission.Call] = fate;
            _open.Add(admission.Call);
        }
    }
}
