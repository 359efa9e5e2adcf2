using System.IO.Hashing;
using System.Runtime.InteropServices;
using Snakepit.Pools.Kernel;
using Snakepit.Processes;
using Snakepit.Workers;

namespace Snakepit.Pools;

/// <content>Causes of failures: numbers for the kernel, words for everybody else.</content>
internal sealed partial class WorkerPool
{
    private const int MaxKnownCauses = 64;
    private const int SigKill = 9;
    private const string LauncherLost = "its launcher ended";
    private readonly Dictionary<int, string> _causes = [];

    private static bool IsForeign(PoolWorker worker, ChildExit exit) =>
        worker.KilledBecause is null && !exit.OutOfMemory && (exit.Signal == SigKill || exit is { Signal: null, ExitCode: null });

    /// <summary>What a worker that could not start says of it, or how its process ended.</summary>
    private EndNote NoteOf_NeedsLock(PoolWorker worker, ChildExit exit) =>
        (worker.Failure is { } failure ? NoteOf_NeedsLock(failure) : new(NumberOf_NeedsLock(CauseOf(exit)), IsForeign(worker, exit))) with { Taints = Taints(worker) };

    private EndNote NoteOf_NeedsLock(WorkerFailure failure) => new(NumberOf_NeedsLock(CauseOf(failure)), failure.IsLauncherLost);

    /// <summary>The type of an exception and where it was raised, not what it says: that may be different every time.</summary>
    private static string CauseOf(WorkerFailure failure) =>
        failure.IsLauncherLost ? LauncherLost : failure.Error is { } error ? $"{failure.Stage}: {error.Type}" : failure.Stage;

    /// <summary>Only the launcher can say how a worker ended.</summary>
    private static string CauseOf(ChildExit exit) => exit is { Signal: null, ExitCode: null, NeverBegan: false } ? LauncherLost : exit.ToString();

    private int NumberOf_NeedsLock(string cause)
    {
        int number = (int)(XxHash3.HashToUInt64(MemoryMarshal.AsBytes(cause.AsSpan())) & int.MaxValue);
        if (_causes.Count < MaxKnownCauses)
        {
            _causes[number] = cause;
        }
        return number;
    }

    /// <summary>An interpreter or the adapter's file is missing: calls are told so at once, until it is there and the pool starts.</summary>
    /// <param name="missing">What is missing. The log tells it once, however often it is looked for.</param>
    /// <returns>After how long to look again.</returns>
    public TimeSpan CannotStart(SnakepitException missing)
    {
        (bool isNews, TimeSpan pause) = Step(missing, static (pool, in missing, batch) =>
        {
            bool isNews = pool._lastStartFailure?.Message != missing.Message;
            pool._lastStartFailure = missing;
            long now = pool._time.GetTimestamp();
            int cause = pool.NumberOf_NeedsLock(missing is PythonNotFoundException ? "no usable Python" : "no adapter");
            pool._trace.Apply(new KernelStep(StepKind.CannotStart, now) { Note = new EndNote(cause) }, batch.Effects);
            return (isNews, pool.Units(Math.Max(0, pool._kernel.NextStart - now)));
        });
        if (isNews)
        {
            _reporter.CannotStart(missing, pause, _options.Restart.MaxBackoff);
        }
        return pause;
    }

    private RestartSnapshot Describe_NeedsLock(in RestartRow row, long now) => new()
    {
        Cause = TextOf_NeedsLock(row.Cause),
        Failures = row.Failures,
        Elapsed = Elapsed(row.LastAt, now),
        NextIn = row.NextAt > now ? Elapsed(now, row.NextAt) : TimeSpan.Zero,
    };

    private string TextOf_NeedsLock(RestartCause cause)
    {
        string what = cause.Reason switch
        {
            Reason.BootFailed => "start failed",
            Reason.BootTimeout => "start timed out",
            Reason.Died => "died before its first answer",
            _ => Telemetry.TelemetryNames.Of(ToPublic(cause.Reason)),
        };
        return cause.Detail == RestartCause.Various ? $"{what}: various"
            : _causes.TryGetValue(cause.Detail, out string? detail) ? $"{what}: {detail}"
            : what;
    }
}
