using System.IO.Hashing;
using System.Runtime.InteropServices;
using Snakepit.Pools.Kernel;
using Snakepit.Processes;
using Snakepit.Telemetry;
using Snakepit.Workers;

namespace Snakepit.Pools;

/// <summary>Numbers the causes of failures for the kernel, and describes them for everything else. Used under the pool's lock.</summary>
internal sealed class FailureCauses(PoolClock clock)
{
    private const int MaxKnown = 64;
    private const int SigKill = 9;
    private const string LauncherLost = "its launcher ended";
    private readonly Dictionary<int, string> _known = [];

    /// <summary>Returns the reason that a worker gave for its failed start, or how its process ended.</summary>
    public EndNote NoteOf(EndRecord end, ChildExit exit) =>
        end.Failure is { } failure ? NoteOf(failure) : new EndNote(NumberOf(CauseOf(exit)), IsForeign(end, exit));

    public EndNote NoteOf(WorkerFailure failure) => new(NumberOf(CauseOf(failure)), failure.IsLauncherLost);

    public EndNote NoteOf(string cause) => new(NumberOf(cause));

    public RestartSnapshot Describe(in RestartRow row, long now) => new()
    {
        Cause = TextOf(row.Cause),
        Failures = row.Failures,
        Elapsed = clock.Elapsed(row.LastAt, now),
        NextIn = row.NextAt > now ? clock.Elapsed(now, row.NextAt) : TimeSpan.Zero,
    };

    /// <summary>Returns whether something outside the pool caused the end.</summary>
    private static bool IsForeign(EndRecord end, ChildExit exit) =>
        end.KilledBecause is null && !exit.OutOfMemory && (exit.Signal == SigKill || exit is { Signal: null, ExitCode: null });

    /// <summary>Returns the type of an exception and where it was raised, without its message, which may differ every time.</summary>
    private static string CauseOf(WorkerFailure failure) =>
        failure.IsLauncherLost ? LauncherLost : failure.Error is { } error ? $"{failure.Stage}: {error.Type}" : failure.Stage;

    /// <summary>Returns the cause of an exit; unknown when the launcher, which alone can report it, was lost.</summary>
    private static string CauseOf(ChildExit exit) =>
        exit is { Signal: null, ExitCode: null, NeverBegan: false } ? LauncherLost : exit.ToString();

    private int NumberOf(string cause)
    {
        int number = (int)(XxHash3.HashToUInt64(MemoryMarshal.AsBytes(cause.AsSpan())) & int.MaxValue);
        if (_known.Count < MaxKnown)
        {
            _known[number] = cause;
        }
        return number;
    }

    private string TextOf(RestartCause cause)
    {
        string what = cause.Reason switch
        {
            Reason.BootFailed => "start failed",
            Reason.BootTimeout => "start timed out",
            Reason.Died => "worker died before its first answer",
            _ => TelemetryNames.Of(KernelWords.ToPublic(cause.Reason)),
        };
        return cause.Detail == RestartCause.Various ? $"{what}: various"
            : _known.TryGetValue(cause.Detail, out string? detail) ? $"{what}: {detail}"
            : what;
    }
}
