namespace Snakepit.Pools.Kernel;

internal enum StepKind : byte
{
    Start,
    CannotStart,
    Submit,
    SubmitCheck,
    SubmitMove,
    UseSession,
    Identify,
    Commit,
    LiftQuarantine,
    Replied,
    Recalled,
    Abandon,
    Exited,
    Signal,
    Command,
    Reconfigure,
    Tick,
}

/// <summary>
/// One call of a kernel method with its arguments, which are all that the kernel ever learns: numbers and enums, no text of a user.
/// </summary>
internal readonly record struct KernelStep(StepKind Kind, long Now)
{
    public WorkerKey Worker { get; init; }

    public CallKey Call { get; init; }

    public CallSpec Spec { get; init; }

    public AbandonReason Why { get; init; }

    /// <summary>For an exit; null stands for none.</summary>
    public CallKey[]? Begun { get; init; }

    public SignalKind Signal { get; init; }

    /// <summary>For a Ready signal.</summary>
    public bool CanRecall { get; init; }

    /// <summary>For a reply.</summary>
    public long RunTime { get; init; }

    /// <summary>For a reply: whether the tool raised.</summary>
    public bool Failed { get; init; }

    /// <summary>For a Ready signal.</summary>
    public bool CanCheck { get; init; }

    /// <summary>For a Ready signal.</summary>
    public bool CanMove { get; init; }

    /// <summary>For a Ready signal.</summary>
    public int Device { get; init; }

    /// <summary>For a limit.</summary>
    public Reason Reason { get; init; }

    /// <summary>For an exit, or a start that failed or is impossible.</summary>
    public EndNote Note { get; init; }

    /// <summary>The input to identify or to release.</summary>
    public ulong Input { get; init; }

    public PoolCommand Command { get; init; }

    /// <summary>For a reconfiguration: the new settings.</summary>
    public PoolPlan? Plan { get; init; }

    public static KernelStep Of(long now, in WorkerSignal signal) => new(StepKind.Signal, now)
    {
        Worker = signal.Worker,
        Signal = signal.Kind,
        CanRecall = signal.CanRecall,
        CanCheck = signal.CanCheck,
        CanMove = signal.CanMove,
        Device = signal.Device,
        Reason = signal.Reason,
        Note = signal.Note,
    };

    public StepAnswer Apply(PoolKernel kernel, EffectList fx)
    {
        switch (Kind)
        {
            case StepKind.Start:
                kernel.Start(Now, fx);
                break;
            case StepKind.CannotStart:
                kernel.CannotStart(Now, Note, fx);
                break;
            case StepKind.Submit:
                return new StepAnswer(kernel.Submit(Now, Spec, fx));
            case StepKind.SubmitCheck:
                return new StepAnswer(kernel.SubmitCheck(Now, Worker, Spec, fx));
            case StepKind.SubmitMove:
                return new StepAnswer(kernel.SubmitMove(Now, Spec, fx));
            case StepKind.UseSession:
                return new StepAnswer(kernel.UseSession(Now, Spec.Session, fx));
            case StepKind.Identify:
                kernel.Identify(Call, Input);
                break;
            case StepKind.Commit:
                kernel.Commit(Call);
                break;
            case StepKind.LiftQuarantine:
                kernel.LiftQuarantine(Input);
                break;
            case StepKind.Replied:
                return new StepAnswer(default, kernel.Replied(Now, Worker, Call, RunTime, Failed, fx));
            case StepKind.Recalled:
                kernel.Recalled(Now, Worker, Call, fx);
                break;
            case StepKind.Abandon:
                kernel.Abandon(Now, Call, Why, fx);
                break;
            case StepKind.Exited:
                kernel.Exited(Now, Worker, Begun, fx, Note);
                break;
            case StepKind.Signal:
                kernel.Apply(Now, new WorkerSignal(Signal, Worker, CanRecall, CanCheck, Reason, Note, Device, CanMove), fx);
                break;
            case StepKind.Command:
                kernel.Apply(Now, Command, fx);
                break;
            case StepKind.Reconfigure:
                kernel.Reconfigure(Now, Plan!, fx);
                break;
            case StepKind.Tick:
                kernel.Tick(Now, fx);
                break;
        }
        return default;
    }

    public override string ToString() => $"{Now} {Kind switch
    {
        StepKind.Signal => Signal,
        StepKind.Command => Command.Kind,
        _ => Kind,
    }}({string.Join(", ", Arguments())})";

    private IEnumerable<object> Arguments() => Kind switch
    {
        StepKind.CannotStart => [Note],
        StepKind.Submit or StepKind.SubmitMove => [Spec],
        StepKind.UseSession => [Spec.Session],
        StepKind.SubmitCheck => [Worker, Spec],
        StepKind.Replied => [Worker, Call, $"ran {RunTime}", .. Only(Failed, "failed")],
        StepKind.Recalled => [Worker, Call],
        StepKind.Abandon => [Call, Why],
        StepKind.Identify => [Call, Input],
        StepKind.Commit => [Call],
        StepKind.LiftQuarantine => [Input],
        StepKind.Exited => [Worker, $"begun [{string.Join(", ", Begun ?? [])}]", .. Only(Note != default, Note)],
        StepKind.Signal =>
        [
            Worker,
            .. Only(CanRecall, "can recall"),
            .. Only(CanCheck, "can check"),
            .. Only(CanMove, "can move sessions"),
            .. Only(Device != 0, $"device {Device}"),
            .. Only(Reason != default, Reason),
        ],
        StepKind.Command => Arguments(Command),
        StepKind.Reconfigure => [Plan!],
        _ => [],
    };

    private static IEnumerable<object> Arguments(PoolCommand command) => command.Kind switch
    {
        CommandKind.Resize => [command.Size],
        CommandKind.SetMemoryShort => [command.IsMemoryShort],
        CommandKind.SetAllowance =>
            [$"{command.Size} workers", .. Only(command.IsMemoryShort, "no overlap"), $"{command.Replacements} replacements"],
        CommandKind.Taint => [command.Slot, command.Duration],
        CommandKind.TaintDevice => [$"device {command.Device}", command.Duration],
        CommandKind.EndSession or CommandKind.CancelMove => [command.Session],
        CommandKind.Recycle or CommandKind.CancelRecycle or CommandKind.LiftTaint => [command.Slot < 0 ? "all" : command.Slot],
        _ => [],
    };

    private static object[] Only(bool condition, object argument) => condition ? [argument] : [];
}

/// <summary>The answer of a step besides its effects.</summary>
/// <param name="Admission">For a submission.</param>
/// <param name="IsOutcome">For a reply: whether it is its call's outcome.</param>
internal readonly record struct StepAnswer(Admission Admission, bool IsOutcome = false);
