using Snakepit.Lifecycle;
using Snakepit.Pools.Kernel;
using Snakepit.Testing;
using Snakepit.Workers;

namespace Snakepit.Tests.Pools;

/// <summary>A way in which a thread enters the kernel.</summary>
/// <param name="Which">Selects the step that fails.</param>
/// <param name="Provoke">Makes a thread take that step. Before that, every worker of the pool runs a call and one call waits.</param>
internal sealed record DefectEntry(Predicate<KernelStep> Which, Func<DefectFixture, Task> Provoke)
{
    public static readonly IReadOnlyDictionary<string, DefectEntry> All = new Dictionary<string, DefectEntry>
    {
        ["a caller"] = new(Is(StepKind.Submit), static f => f.AddAsync()),
        ["a caller who finds the queue full"] =
            new(Is(StepKind.Submit), static f => f.AddAsync()) { Configure = static p => p.Queue.Limit = 1 },
        ["a call that has waited for room"] = new(Is(StepKind.Submit), static f =>
        {
            Task<int> call = f.AddAsync();
            return Task.WhenAll(call, f.AnswerSecondAsync());
        }) { Configure = static p => (p.Queue.Limit, p.Queue.WhenFull) = (1, QueueFullMode.Wait) },
        ["a reply"] = new(Is(StepKind.Replied), static f => Done(() => f.Running[0].Return(1))),
        ["a call that comes back"] = new(Is(StepKind.Recalled), static f => f.HearAsync(static events => events.OnRecalled(default))),
        ["a worker's end"] = new(Is(StepKind.Exited), static f => Done(() => f.Workers.Get("text", 0).Crash())),
        ["the input of a call"] = new(Is(StepKind.Identify), static f => Done(() => f.Workers.Get("text", 0).Crash())),
        ["an input that is no suspect any more"] = new(Is(StepKind.LiftQuarantine), static f => Done(() => f.Pool.LiftQuarantine(null)))
        {
            Prepare = static f => f.CrashAsync(),
        },
        ["a sign of life"] = new(Is(SignalKind.Pong), static f => f.HearAsync(static events => events.OnPong())),
        ["a worker's own wish"] = new(Is(SignalKind.LimitReached), static f => f.HearAsync(static events => events.OnRecycleRequested())),
        ["a reading above the limit"] =
            new(Is(SignalKind.LimitReached), static f => f.SampleAsync(static worker => worker.OnVerdict(MemoryVerdict.Soft, default))),
        ["a reading far above the limit"] =
            new(Is(SignalKind.LimitReached), static f => f.SampleAsync(static worker => worker.OnVerdict(MemoryVerdict.Hard, default))),
        ["a reading below the limit"] =
            new(Is(SignalKind.LimitCleared), static f => f.SampleAsync(static worker => worker.OnVerdict(MemoryVerdict.Cleared, default))),
        ["a reading of processor time"] =
            new(Is(SignalKind.LimitReached), static f => f.SampleAsync(static worker => worker.OnCpuTimeExceeded(TimeSpan.FromHours(1)))),
        ["the machine's memory"] = new(Is(CommandKind.SetMemoryShort), static f => Done(() => f.Pool.OnFreeMemory(-1))),
        ["changed code"] = new(Is(CommandKind.CodeChanged), static f => Done(f.Pool.OnCodeChanged)),
        ["other settings"] = new(Is(StepKind.Reconfigure), static f => f.Pool.ReconfigureAsync(f.Pool.Settings, blueprint: null)),
        ["the timer"] = new(Is(StepKind.Tick), static f => Done(() => f.Time.Advance(TimeSpan.FromSeconds(6)))),
        ["a cancellation"] = new(Is(StepKind.Abandon), static f => f.Caller.CancelAsync()),
        ["a taint"] = new(Is(CommandKind.Taint), static f => Done(() => f.Pool.Taint(0, TimeSpan.FromSeconds(1)))),
        ["a device's taint"] = new(Is(CommandKind.TaintDevice), static f => Done(() => f.Pool.TaintDevice("gpu", TimeSpan.FromSeconds(1)))),
        ["the end of a taint"] = new(Is(CommandKind.LiftTaint), static f => Done(() => f.Pool.LiftTaint(null))),
        ["a resize"] = new(Is(CommandKind.Resize), static f => f.Pool.ResizeAsync(2, CancellationToken.None)),
        ["a recycle"] = new(Is(CommandKind.Recycle), static f => f.Pool.RecycleAsync(1, CancellationToken.None)),
        ["data of a session"] = new(Is(StepKind.UseSession), static f => f.Session.Data.SetAsync("name", 1).AsTask()),
        ["the end of a session"] = new(Is(CommandKind.EndSession), static f => f.Session.EndAsync())
        {
            Prepare = static f => f.BeginSessionAsync(),
        },
        ["a start's turn"] = new(Is(SignalKind.Begun), static f => f.Pool.RecycleAsync(1, CancellationToken.None)),
        ["a launch"] = new(Is(SignalKind.Launched), static f => f.Pool.RecycleAsync(1, CancellationToken.None)),
        ["READY"] = new(Is(SignalKind.Ready), static f => f.Pool.RecycleAsync(1, CancellationToken.None)),
        ["a launch that fails"] = new(Is(SignalKind.LaunchFailed), static f => f.RecycleWithFailingStartAsync()),
        ["a start that is impossible"] =
            new(Is(StepKind.CannotStart), static f => Done(() => f.Pool.CannotStart(new PythonNotFoundException("no Python")))),
        ["what budgets allow"] = new(Is(CommandKind.SetAllowance), static f => f.Pool.RecycleAsync(1, CancellationToken.None)),
        ["a caller who no longer waits for a recycle"] = new(Is(CommandKind.CancelRecycle), static f => f.LeaveRecycleAsync()),
        ["the items of a stream whose worker ends"] = new(Is(StepKind.Commit), static f => Done(f.CrashStream))
        {
            Configure = static p => p.Size = 3,
            Prepare = static f => f.BeginStreamAsync(),
        },
        ["a session's move"] = new(Is(StepKind.SubmitMove), static f => f.MoveSessionAsync())
        {
            Prepare = static f => f.BeginSessionAsync(),
        },
        ["a move that cannot go on"] = new(Is(CommandKind.CancelMove), static f => f.MoveSessionAsync())
        {
            Prepare = static f => f.BeginSessionAsync(),
        },
        ["the policies"] = new(Is(SignalKind.LimitReached), static f => f.AskPoliciesAsync()),
    };

    /// <summary>Changes the pool's options.</summary>
    public Action<PoolOptions>? Configure { get; init; }

    /// <summary>Runs before any call.</summary>
    public Func<DefectFixture, Task> Prepare { get; init; } = static _ => Task.CompletedTask;

    public static Predicate<KernelStep> Is(StepKind kind) => step => step.Kind == kind;

    public static Predicate<KernelStep> Is(SignalKind signal) => step => step.Kind == StepKind.Signal && step.Signal == signal;

    public static Predicate<KernelStep> Is(CommandKind command) => step => step.Kind == StepKind.Command && step.Command.Kind == command;

    private static Task Done(Action action)
    {
        action();
        return Task.CompletedTask;
    }
}
