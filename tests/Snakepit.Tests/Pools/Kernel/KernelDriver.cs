using Snakepit.Pools.Kernel;

namespace Snakepit.Tests.Pools.Kernel;

/// <summary>A kernel with a clock in milliseconds. Every method is one kernel step and returns its effects.</summary>
internal sealed class KernelDriver
{
    private readonly EffectList _fx = new();
    private readonly PoolView _view = new();

    public KernelDriver(PoolPlan plan)
    {
        Kernel = new PoolKernel(plan, seed: 1);
    }

    public PoolPlan Plan => Kernel.Plan;

    public PoolKernel Kernel { get; }

    public long Now { get; set; } = 1_000;

    /// <summary>Whether workers support recall; they report it when they become ready.</summary>
    public bool CanRecall { get; set; } = true;

    public bool CanCheck { get; set; } = true;

    /// <summary>Whether workers can give sessions away and take them over.</summary>
    public bool CanMove { get; set; }

    public int Device { get; set; }

    /// <summary>Whether a launch begins at once, or waits for <see cref="SignalKind.Begun"/>.</summary>
    public bool BeginsAtOnce { get; set; } = true;

    public PoolView View
    {
        get
        {
            Kernel.CopyTo(_view);
            return _view;
        }
    }

    /// <summary>A plan in which nothing happens unless a test asks for it.</summary>
    public static PoolPlan Settings(int size = 1) => new()
    {
        Size = size,
        MaxConcurrentStarts = size,
        Frequency = 1_000,
        QueueTimeout = 5_000,
        CancelGrace = 200,
        BootTimeout = 30_000,
        DrainTimeout = 1_000,
        StopTimeout = 2_500,
        KillTimeout = 500,
        InitialBackoff = 100,
        MaxBackoff = 30_000,
    };

    /// <summary>
    /// A plan that pipelines calls of fast tools, which take up to 20 ms. A channel holds up to 8 calls, 100 ms of work and 1,000 bytes.
    /// </summary>
    public static PoolPlan Pipelining(int size = 1) => Settings(size) with
    {
        MaxDepth = 8,
        FastRun = 20,
        CallOverhead = 1,
        MaxHeldWork = 100,
        MaxWaitingBytes = 1_000,
        StallCheck = 50,
    };

    /// <summary>Creates a pool whose workers all serve.</summary>
    public static KernelDriver Serving(PoolPlan plan)
    {
        var driver = new KernelDriver(plan);
        driver.BootAll(driver.Start());
        return driver;
    }

    public Effect[] Start() => Step(() => Kernel.Start(Now, _fx));

    public Effect[] CannotStart(int cause = 1) => Step(() => Kernel.CannotStart(Now, new EndNote(cause), _fx));

    public (Admission Admission, Effect[] Effects) Submit(
        long deadline = long.MaxValue, bool idempotent = false, int tool = 0, int bytes = 0, ulong input = 0) =>
        Submit(new CallSpec(deadline, idempotent, tool, bytes, Input: input));

    public (Admission Admission, Effect[] Effects) Submit(CallSpec spec)
    {
        Admission admission = default;
        Effect[] effects = Step(() => admission = Kernel.Submit(Now, spec, _fx));
        return (admission, effects);
    }

    /// <summary>Submits a call that must be accepted.</summary>
    public CallKey Accept(long deadline = long.MaxValue, bool idempotent = false, int tool = 0, int bytes = 0, ulong input = 0)
    {
        Admission admission = Submit(deadline, idempotent, tool, bytes, input).Admission;
        Assert.True(admission.Accepted);
        return admission.Call;
    }

    /// <summary>Runs a tool on an idle worker <paramref name="runs"/> times, each time for <paramref name="runTime"/>.</summary>
    public void Teach(int tool, long runTime, int runs = 8)
    {
        for (int i = 0; i < runs; i++)
        {
            Effect send = Submit(tool: tool).Effects.Single(EffectKind.Send);
            Reply(send.Worker, send.Call, runTime);
        }
    }

    public Effect[] Reply(WorkerKey worker, CallKey call, long runTime = -1, bool failed = false) =>
        Step(() => Kernel.Replied(Now, worker, call, runTime, failed, _fx));

    public Effect[] Recall(WorkerKey worker, CallKey call) => Step(() => Kernel.Recalled(Now, worker, call, _fx));

    public Effect[] Abandon(CallKey call, AbandonReason why = AbandonReason.Cancelled) => Step(() => Kernel.Abandon(Now, call, why, _fx));

    public Effect[] Exit(WorkerKey worker, params CallKey[] begun) => Step(() => Kernel.Exited(Now, worker, begun, _fx));

    public Effect[] Exit(WorkerKey worker, EndNote note) => Step(() => Kernel.Exited(Now, worker, [], _fx, note));

    public Effect[] Signal(SignalKind kind, WorkerKey worker) =>
        Step(() => Kernel.Apply(Now, new WorkerSignal(kind, worker, CanRecall, CanCheck, Device: Device, CanMove: CanMove), _fx));

    public Effect[] Limit(WorkerKey worker, Reason reason, SignalKind kind = SignalKind.LimitReached) =>
        Step(() => Kernel.Apply(Now, new WorkerSignal(kind, worker, Reason: reason), _fx));

    /// <summary>Reports that the worker is idle and that its memory, read again, is still above the limit.</summary>
    public Effect[] LimitStands(WorkerKey worker, Reason reason)
    {
        Effect[] first = Limit(worker, reason);
        return first.Find(EffectKind.LookAtMemory) is null ? first : [.. first, .. Limit(worker, reason)];
    }

    public (Admission Admission, Effect[] Effects) Check(WorkerKey worker, long deadline = long.MaxValue)
    {
        Admission admission = default;
        Effect[] effects = Step(() => admission = Kernel.SubmitCheck(Now, worker, new CallSpec(deadline, Idempotent: true), _fx));
        return (admission, effects);
    }

    /// <summary>Submits the next call of a session's move.</summary>
    public (Admission Admission, Effect[] Effects) Move(ulong session)
    {
        Admission admission = default;
        var spec = new CallSpec(Now + 100, Idempotent: false, Session: session);
        Effect[] effects = Step(() => admission = Kernel.SubmitMove(Now, spec, _fx));
        return (admission, effects);
    }

    public Effect[] CancelMove(ulong session) => Command(new PoolCommand(CommandKind.CancelMove, Session: session));

    public Effect[] Resize(int size) => Command(new PoolCommand(CommandKind.Resize, Size: size));

    public Effect[] ChangeCode() => Command(new PoolCommand(CommandKind.CodeChanged));

    public Effect[] Reconfigure(PoolPlan plan) => Step(() => Kernel.Reconfigure(Now, plan, _fx));

    public Effect[] SetMemoryShort(bool isShort) =>
        Command(new PoolCommand(CommandKind.SetMemoryShort, IsMemoryShort: isShort));

    public Effect[] SetAllowance(int workers = int.MaxValue, bool mayOverlap = true, int replacements = int.MaxValue) =>
        Command(PoolCommand.Set(new Allowance(workers, mayOverlap, replacements)));

    public Effect[] Recycle(int slot = -1) => Command(new PoolCommand(CommandKind.Recycle, slot));

    public Effect[] Taint(int slot, long duration) => Command(new PoolCommand(CommandKind.Taint, slot, Duration: duration));

    public Effect[] TaintDevice(int device, long duration) =>
        Command(new PoolCommand(CommandKind.TaintDevice, Device: device, Duration: duration));

    public Effect[] LiftTaint() => Command(new PoolCommand(CommandKind.LiftTaint));

    public Effect[] CancelRecycle(int slot = -1) => Command(new PoolCommand(CommandKind.CancelRecycle, slot));

    public Effect[] EndSession(ulong session) => Command(new PoolCommand(CommandKind.EndSession, Session: session));

    public Effect[] Shutdown() => Command(new PoolCommand(CommandKind.Shutdown));

    public Effect[] TickAt(long time)
    {
        Now = time;
        return Step(() => Kernel.Tick(Now, _fx));
    }

    /// <summary>Advances to the next due time and runs what is due.</summary>
    public Effect[] Wake()
    {
        Assert.NotEqual(long.MaxValue, Kernel.NextWake);
        return TickAt(Math.Max(Now, Kernel.NextWake));
    }

    public Effect[] Boot(WorkerKey worker)
    {
        Signal(SignalKind.Launched, worker);
        return Signal(SignalKind.Ready, worker);
    }

    /// <summary>Boots the launched workers, and those that are launched because of that.</summary>
    public void BootAll(Effect[] effects)
    {
        foreach (Effect launch in effects.Where(static e => e.Kind == EffectKind.Launch))
        {
            BootAll(Boot(launch.Worker));
        }
    }

    public WorkerView Worker(WorkerKey key) => View.Workers.Find(w => w.Key == key);

    public WorkerKey Current(int slot = 0) => View.Workers.Find(w => w.Key.Slot == slot && w.Role == WorkerRole.Current).Key;

    private Effect[] Command(PoolCommand command) => Step(() => Kernel.Apply(Now, command, _fx));

    private Effect[] Step(Action step)
    {
        _fx.Clear();
        step();
        Effect[] effects = [.. _fx.Commands, .. _fx.Actions];
        if (BeginsAtOnce)
        {
            foreach (Effect launch in effects.Of(EffectKind.Launch))
            {
                Kernel.Apply(Now, new WorkerSignal(SignalKind.Begun, launch.Worker), _fx);
            }
        }
        return effects;
    }
}

/// <summary>Selects effects of a step.</summary>
internal static class Effects
{
    public static Effect? Find(this Effect[] effects, EffectKind kind) => effects.Of(kind) is [Effect first, ..] ? first : null;

    public static Effect Single(this Effect[] effects, EffectKind kind) => Assert.Single(effects, e => e.Kind == kind);

    public static Effect[] Of(this Effect[] effects, EffectKind kind) => Array.FindAll(effects, e => e.Kind == kind);

    public static void None(this Effect[] effects, EffectKind kind) => Assert.DoesNotContain(effects, e => e.Kind == kind);
}
