using Snakepit.Pools.Kernel;

namespace Snakepit.Simulation;

internal enum StepKind : byte
{
    Start,
    Submit,
    SubmitCheck,
    Replied,
    Recalled,
    Abandon,
    Exited,
    Signal,
    Command,
    Tick,
}

/// <summary>One call of a kernel method, with its arguments: all the kernel ever learns.</summary>
internal sealed record KernelStep(StepKind Kind, long Now)
{
    public WorkerKey Worker { get; init; }

    public CallKey Call { get; init; }

    public CallSpec Spec { get; init; }

    public AbandonReason Why { get; init; }

    public CallKey[] Begun { get; init; } = [];

    public SignalKind Signal { get; init; }

    /// <summary>With a Ready signal.</summary>
    public bool CanRecall { get; init; }

    /// <summary>With a reply.</summary>
    public long RunTime { get; init; } = -1;

    /// <summary>With a reply: the tool raised.</summary>
    public bool Failed { get; init; }

    /// <summary>With a Ready signal.</summary>
    public bool CanCheck { get; init; }

    /// <summary>With a limit.</summary>
    public Reason Reason { get; init; }

    /// <summary>With an exit or a start that failed.</summary>
    public EndNote Note { get; init; }

    public PoolCommand Command { get; init; }

    /// <summary>The kernel's answer to a submission; default for every other step.</summary>
    public Admission Apply(PoolKernel kernel, EffectList fx)
    {
        switch (Kind)
        {
            case StepKind.Start:
                kernel.Start(Now, fx);
                break;
            case StepKind.Submit:
                return kernel.Submit(Now, Spec, fx);
            case StepKind.SubmitCheck:
                return kernel.SubmitCheck(Now, Worker, Spec, fx);
            case StepKind.Replied:
                kernel.Replied(Now, Worker, Call, RunTime, Failed, fx);
                break;
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
                kernel.Apply(Now, new WorkerSignal(Signal, Worker, CanRecall, CanCheck, Reason, Note), fx);
                break;
            case StepKind.Command:
                kernel.Apply(Now, Command, fx);
                break;
            case StepKind.Tick:
                kernel.Tick(Now, fx);
                break;
        }
        return default;
    }

    public override string ToString() => $"{Now} " + Kind switch
    {
        StepKind.Submit => $"Submit(deadline {(Spec.Deadline == long.MaxValue ? "none" : Spec.Deadline)}{(Spec.Idempotent ? ", idempotent" : "")}, tool {Spec.Tool}, {Spec.Bytes} bytes)",
        StepKind.SubmitCheck => $"SubmitCheck({Worker}, deadline {Spec.Deadline})",
        StepKind.Replied => $"Replied({Worker}, {Call}, ran {RunTime}{(Failed ? ", failed" : "")})",
        StepKind.Recalled => $"Recalled({Worker}, {Call})",
        StepKind.Abandon => $"Abandon({Call}, {Why})",
        StepKind.Exited => $"Exited({Worker}, begun [{string.Join(", ", Begun)}], cause {Note.Cause}{(Note.IsForeign ? ", foreign" : "")})",
        StepKind.Signal => $"{Signal}({Worker}{(Reason == Reason.None ? "" : $", {Reason}")})",
        StepKind.Command => $"{Command.Kind}({(Command.Slot < 0 ? "all" : Command.Slot)}{(Command.Value == 0 ? "" : $", {Command.Value}")})",
        _ => Kind.ToString(),
    };
}
