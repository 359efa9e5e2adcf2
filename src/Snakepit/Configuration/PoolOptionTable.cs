using System.Collections.Frozen;

namespace Snakepit.Configuration;

/// <summary>
/// Every setting of a pool, one row each: name, type with range, reader, writer, and the end of the sentence "Set … to", the remedy for a
/// wrong value. eng/options generates docs/configuration.md and ConfigurationSchema.json from the rows and the summaries of the properties.
/// </summary>
internal static class PoolOptionTable
{
    /// <summary>The settings, and groups of settings, that a worker learns when it starts.</summary>
    private static readonly FrozenSet<string> s_ofStarts = FrozenSet.ToFrozenSet(
    [
        "Adapter", "Profile", "ThreadsPerWorker", "AsyncCallsPerWorker", "ThreadSafety", "Start.Method", "Start.Preload", "Start.Warmup",
        "Call.MaxMessage", "Health.CheckTool", "Python", "Values.Codec", "Values.Unserializable", "Values.ReprMaxLength", "Transport",
        "Telemetry.Include", "Telemetry.Exclude", "Telemetry.Sampling",
    ]);

    /// <summary>The groups of settings that a pool reads once.</summary>

    public static OptionTable<PoolOptions> Table { get; } = new(
    [
        Row("Adapter", Text("file, module, `module:Class` or `file.py:Class`"), o => o.Adapter, (o, v) => o.Adapter = v!),
        Row("Size", Number(1, 10_000), o => o.Size, (o, v) => o.Size = v, "the number of worker processes to keep, such as 4"),
        Row("MinSize", OrNull(Number(1, 10_000)), o => o.MinSize, (o, v) => o.MinSize = v,
            "the least number of workers, such as 2, or to null for Size"),
        Row("MaxSize", OrNull(Number(1, 10_000)), o => o.MaxSize, (o, v) => o.MaxSize = v,
            "the greatest number of workers, such as 16, or to null for Size"),
        Row("Scale.QueueDelay", Duration, o => o.Scale.QueueDelay, (o, v) => o.Scale.QueueDelay = v,
            "the time a call may wait before the pool grows, such as '100ms'"),
        Row("Scale.Patience", Duration, o => o.Scale.Patience, (o, v) => o.Scale.Patience = v,
            "the time for which fewer workers must be enough before the pool shrinks, such as '1m'"),
        Choice("Profile", o => o.Profile, (o, v) => o.Profile = v),
        Row("ThreadsPerWorker", Number(1, 1_000), o => o.ThreadsPerWorker, (o, v) => o.ThreadsPerWorker = v,
            "the number of calls that a worker runs at once, such as 8"),
        Row("AsyncCallsPerWorker", OrNull(Number(1, 10_000)), o => o.AsyncCallsPerWorker, (o, v) => o.AsyncCallsPerWorker = v,
            "the number of calls of async tools that a worker runs at once, such as 1000, or to null for ThreadsPerWorker"),
        Choice("ThreadSafety", o => o.ThreadSafety, (o, v) => o.ThreadSafety = v),
        Choice("TimeoutProfile", o => o.TimeoutProfile, (o, v) => o.TimeoutProfile = v),
        Row("MinReady", Number(0), o => o.MinReady, (o, v) => o.MinReady = v, "the number of workers that must be ready, such as 1"),
        Row("Spares", Number(0, 10_000), o => o.Spares, (o, v) => o.Spares = v,
            "the number of additional workers to keep ready, such as 1; 0 for none"),
        Row("WatchAdapter", Switch, o => o.WatchAdapter, (o, v) => o.WatchAdapter = v),
        Choice("Start.Method", o => o.Start.Method, (o, v) => o.Start.Method = v),
        List("Start.Preload", "modules", o => o.Start.Preload),
        Row("Start.Warmup", TextOrNull("name of a tool"), o => o.Start.Warmup, (o, v) => o.Start.Warmup = v),
        Row("Start.MaxConcurrent", Number(1), o => o.Start.MaxConcurrent, (o, v) => o.Start.MaxConcurrent = v,
            "the number of workers that may start at once, such as 4"),
        Row("Queue.Limit", Number(0), o => o.Queue.Limit, (o, v) => o.Queue.Limit = v,
            "the number of calls that may wait, such as 1000; 0 rejects what cannot run at once"),
        Choice("Queue.WhenFull", o => o.Queue.WhenFull, (o, v) => o.Queue.WhenFull = v),
        Row("Queue.Timeout", DurationOrInfinite, o => o.Queue.Timeout, (o, v) => o.Queue.Timeout = v,
            "the time a call may wait, such as '5s'; to let none wait, set Queue.Limit to 0"),
        Row("Queue.RejectLate", Switch, o => o.Queue.RejectLate, (o, v) => o.Queue.RejectLate = v),
        Row("Queue.PriorityStep", Duration, o => o.Queue.PriorityStep, (o, v) => o.Queue.PriorityStep = v,
            "how much older a call counts per step of priority, such as '1s'"),
        Choice("Queue.Fairness", o => o.Queue.Fairness, (o, v) => o.Queue.Fairness = v),
        Row("Queue.LimitPerKey", OrNull(Number(1)), o => o.Queue.LimitPerKey, (o, v) => o.Queue.LimitPerKey = v,
            "the number of calls of one key that may wait, such as 100, or to null for no limit"),
        Row("Call.Timeout", DurationOrInfinite, o => o.Call.Timeout, (o, v) => o.Call.Timeout = v,
            "the time a call may take, such as '60s'"),
        Row("Call.StreamIdleTimeout", DurationOrInfinite, o => o.Call.StreamIdleTimeout, (o, v) => o.Call.StreamIdleTimeout = v,
            "the time that may pass without an item, such as '300s'"),
        Row("Call.CancelGrace", Duration, o => o.Call.CancelGrace, (o, v) => o.Call.CancelGrace = v,
            "the time an abandoned call may continue, such as '2s'"),
        Row("Call.MaxAttempts", Number(1, 100), o => o.Call.MaxAttempts, (o, v) => o.Call.MaxAttempts = v,
            "how often an idempotent call may be run, such as 3; 1 for once"),
        Row("Call.MaxMessage", MessageSize, o => o.Call.MaxMessage, (o, v) => o.Call.MaxMessage = v,
            "the largest argument list or result to expect, such as '100MiB', and pass larger data as files"),
        Row("Call.MaxConcurrent", OrNull(Number(1)), o => o.Call.MaxConcurrent, (o, v) => o.Call.MaxConcurrent = v,
            "the number of calls that may run at once in all workers, such as 2, or to null for no limit"),
        Row("Tools.MaxConcurrent", Number(1, 10_000), o => o.Tools.MaxConcurrent, (o, v) => o.Tools.MaxConcurrent = v,
            "how many host tools may run at once for the pool, such as 64"),
        Row("Tools.SendStacks", Switch, o => o.Tools.SendStacks, (o, v) => o.Tools.SendStacks = v),
        Row("Session.Ttl", DurationOrNull, o => o.Session.Ttl, (o, v) => o.Session.Ttl = v,
            "the time a session may go without a call, such as '1h', or to null for no limit"),
        Row("Session.Max", Number(1, 1_000_000), o => o.Session.Max, (o, v) => o.Session.Max = v,
            "the number of sessions there may be, such as 10000"),
        Row("Session.MoveTimeout", Duration, o => o.Session.MoveTimeout, (o, v) => o.Session.MoveTimeout = v,
            "the time that exporting or importing a session may take, such as '10s'"),
        Choice("Session.Affinity", o => o.Session.Affinity, (o, v) => o.Session.Affinity = v),
        Row("Boot.Timeout", Duration, o => o.Boot.Timeout, (o, v) => o.Boot.Timeout = v,
            "the time a worker's start may take, such as '30s'"),
        Row("Recycle.Ttl", DurationOrNull, o => o.Recycle.Ttl, (o, v) => o.Recycle.Ttl = v,
            "the time a worker may serve, such as '1h', or to null for no limit"),
        Row("Recycle.MaxRequests", OrNull(Number(1)), o => o.Recycle.MaxRequests, (o, v) => o.Recycle.MaxRequests = v,
            "the calls a worker may start, such as 1000, or to null for no limit"),
        Row("Recycle.StrictMaxRequests", Switch, o => o.Recycle.StrictMaxRequests, (o, v) => o.Recycle.StrictMaxRequests = v),
        Row("Recycle.IdleTimeout", DurationOrNull, o => o.Recycle.IdleTimeout, (o, v) => o.Recycle.IdleTimeout = v,
            "the time a worker may be without a call, such as '10m', or to null"),
        Row("Recycle.MaxCpuTime", DurationOrNull, o => o.Recycle.MaxCpuTime, (o, v) => o.Recycle.MaxCpuTime = v,
            "the processor time a worker may use, such as '1h', or to null for no limit"),
        Row("Recycle.MaxConsecutiveErrors", OrNull(Number(1)),
            o => o.Recycle.MaxConsecutiveErrors, (o, v) => o.Recycle.MaxConsecutiveErrors = v,
            "the number of consecutive failed calls that is too many, such as 10, or to null"),
        Choice("Recycle.Mode", o => o.Recycle.Mode, (o, v) => o.Recycle.Mode = v),
        Row("Recycle.DrainTimeout", Duration, o => o.Recycle.DrainTimeout, (o, v) => o.Recycle.DrainTimeout = v,
            "the time running calls get, such as '30s'"),
        Row("Recycle.MaxConcurrent", OrNull(Number(1)), o => o.Recycle.MaxConcurrent, (o, v) => o.Recycle.MaxConcurrent = v,
            "the workers that may be replaced at once, such as 1, or to null for a tenth of Size"),
        Row("Recycle.MinLifetime", DurationOrZero, o => o.Recycle.MinLifetime, (o, v) => o.Recycle.MinLifetime = v,
            "the time a worker lives at least, such as '10s'; 0s for none"),
        Row("Memory.SoftLimit", OrNull(WorkerSize), o => o.Memory.SoftLimit, (o, v) => o.Memory.SoftLimit = v,
            "the memory a worker may have, such as '512MiB', or to null for no limit"),
        Row("Memory.HardLimit", OrNull(WorkerSize), o => o.Memory.HardLimit, (o, v) => o.Memory.HardLimit = v,
            "the memory a worker may have, such as '512MiB', or to null for no limit"),
        Row("Memory.SampleInterval", Duration, o => o.Memory.SampleInterval, (o, v) => o.Memory.SampleInterval = v,
            "how often memory is read, such as '250ms'"),
        Row("Health.CheckInterval", DurationOrInfinite, o => o.Health.CheckInterval, (o, v) => o.Health.CheckInterval = v,
            "how often idle workers are checked, such as '5m'"),
        Row("Health.CheckTool", TextOrNull("name of a tool"), o => o.Health.CheckTool, (o, v) => o.Health.CheckTool = v),
        Row("Health.PingInterval", DurationOrInfinite, o => o.Health.PingInterval, (o, v) => o.Health.PingInterval = v,
            "the longest interval between heartbeats, such as '30s'"),
        Row("Health.LivenessTimeout", Duration, o => o.Health.LivenessTimeout, (o, v) => o.Health.LivenessTimeout = v,
            "the time a heartbeat may take, such as '10s'"),
        Row("Health.UnresponsiveTimeout", DurationOrNull, o => o.Health.UnresponsiveTimeout, (o, v) => o.Health.UnresponsiveTimeout = v,
            "the time a worker may be unresponsive in a call, such as '5m', or to null"),
        Row("Restart.InitialBackoff", Duration, o => o.Restart.InitialBackoff, (o, v) => o.Restart.InitialBackoff = v,
            "the first wait, such as '100ms'"),
        Row("Restart.MaxBackoff", Duration, o => o.Restart.MaxBackoff, (o, v) => o.Restart.MaxBackoff = v,
            "the longest wait, such as '30s'"),
        Row("Restart.Window", Duration, o => o.Restart.Window, (o, v) => o.Restart.Window = v,
            "how long failures with the same cause are counted together, such as '60s'"),
        Row("Restart.Jitter", Fraction, o => o.Restart.Jitter, (o, v) => o.Restart.Jitter = v,
            "the random share of each wait, such as 0.2; 0 switches it off"),
        Row("Retry.MaxRetries", Number(0, 100), o => o.Retry.MaxRetries, (o, v) => o.Retry.MaxRetries = v,
            "how often a failed call is retried, such as 2; 0 for never"),
        Row("Retry.Delay", Duration, o => o.Retry.Delay, (o, v) => o.Retry.Delay = v, "the first wait, such as '100ms'"),
        Row("Retry.MaxDelay", Duration, o => o.Retry.MaxDelay, (o, v) => o.Retry.MaxDelay = v, "the longest wait, such as '5s'"),
        Row("Retry.AttemptTimeout", DurationOrNull, o => o.Retry.AttemptTimeout, (o, v) => o.Retry.AttemptTimeout = v,
            "the time one attempt may take, such as '2s', or to null"),
        Row("Breaker.FailureRatio", OrNull(PositiveFraction), o => o.Breaker.FailureRatio, (o, v) => o.Breaker.FailureRatio = v,
            "the share of failed calls that is too many, such as 0.5, or to null for no breaker"),
        Row("Breaker.MinimumCalls", Number(2), o => o.Breaker.MinimumCalls, (o, v) => o.Breaker.MinimumCalls = v,
            "the number of calls that a meaningful ratio needs, such as 20"),
        Row("Breaker.Window", BreakerSpan, o => o.Breaker.Window, (o, v) => o.Breaker.Window = v,
            "the time over which failures are counted, such as '30s'"),
        Row("Breaker.Duration", BreakerSpan, o => o.Breaker.Duration, (o, v) => o.Breaker.Duration = v,
            "the time for which calls are refused, such as '5s'"),
        Row("Crash.QuarantineAfter", OrNull(Number(1, 1_000)), o => o.Crash.QuarantineAfter, (o, v) => o.Crash.QuarantineAfter = v,
            "the workers an input may kill, such as 3, or to null for no limit"),
        Row("Crash.QuarantineTime", Duration, o => o.Crash.QuarantineTime, (o, v) => o.Crash.QuarantineTime = v,
            "how long such an input is rejected, such as '10m'"),
        Choice("Crash.TaintOn", o => o.Crash.TaintOn, (o, v) => o.Crash.TaintOn = v),
        Row("Crash.TaintTime", Duration, o => o.Crash.TaintTime, (o, v) => o.Crash.TaintTime = v,
            "how long a slot gets no calls after such a death, such as '60s'"),
        Row("Stop.Timeout", Duration, o => o.Stop.Timeout, (o, v) => o.Stop.Timeout = v,
            "the time the pool's stop may take, such as '25s'"),
        Row("Stop.KillTimeout", Duration, o => o.Stop.KillTimeout, (o, v) => o.Stop.KillTimeout = v,
            "the time one worker's end may take, such as '5s'"),
        Row("Stop.DrainQueue", Switch, o => o.Stop.DrainQueue, (o, v) => o.Stop.DrainQueue = v),
        Row("Python.Executable", TextOrNull("path or command name"), o => o.Python.Executable, (o, v) => o.Python.Executable = v),
        Row("Python.Environment", TextOrNull("folder"), o => o.Python.Environment, (o, v) => o.Python.Environment = v),
        Row("Python.Project", TextOrNull("folder"), o => o.Python.Project, (o, v) => o.Python.Project = v),
        Row("Python.Version", TextOrNull("range of versions"), o => o.Python.Version, (o, v) => o.Python.Version = v),
        Row("Python.PrepareEnvironment", Switch, o => o.Python.PrepareEnvironment, (o, v) => o.Python.PrepareEnvironment = v),
        Row("Python.PrepareTimeout", Duration, o => o.Python.PrepareTimeout, (o, v) => o.Python.PrepareTimeout = v,
            "how long an environment may take to prepare, such as '10m'"),
        List("Python.PythonPath", "folders", o => o.Python.PythonPath),
        new MapOption<PoolOptions>("Python.Variables", o => o.Python.Variables) { Effect = EffectOf("Python.Variables") },
        Choice("Values.Codec", o => o.Values.Codec, (o, v) => o.Values.Codec = v),
        Choice("Values.Unserializable", o => o.Values.Unserializable, (o, v) => o.Values.Unserializable = v),
        Row("Values.ReprMaxLength", Number(1, 2_000), o => o.Values.ReprMaxLength, (o, v) => o.Values.ReprMaxLength = v,
            "a number of characters, such as 500"),
        Row("Values.RequireMembers", Switch, o => o.Values.RequireMembers, (o, v) => o.Values.RequireMembers = v),
        List("Telemetry.Include", "names", o => o.Telemetry.Include),
        List("Telemetry.Exclude", "names", o => o.Telemetry.Exclude),
        Row("Telemetry.Sampling", Fraction, o => o.Telemetry.Sampling, (o, v) => o.Telemetry.Sampling = v,
            "the share of events and spans to tell, such as 0.1; 1 for all"),
        Row("Telemetry.MaxSeries", Number(1, 100_000), o => o.Telemetry.MaxSeries, (o, v) => o.Telemetry.MaxSeries = v,
            "the number of series that an instrument may have, such as 200"),
        Row("Transport.Portable", Switch, o => o.Transport.Portable, (o, v) => o.Transport.Portable = v),
    ]);

    /// <summary>The pairs of settings of which one may not exceed the other, with the reason.</summary>
    public static IReadOnlyList<(string Smaller, string Larger, string Why)> Orders { get; } =
    [
        ("MinReady", "Size", "it cannot exceed the number of workers"),
        ("Recycle.MaxConcurrent", "Size", "it cannot exceed the number of workers"),
        ("Restart.InitialBackoff", "Restart.MaxBackoff", "the first wait cannot exceed the longest"),
        ("Retry.Delay", "Retry.MaxDelay", "the first wait cannot exceed the longest"),
        ("Stop.KillTimeout", "Stop.Timeout", "one worker's end cannot take longer than the whole pool's"),
    ];

    private static SwitchType Switch => new();

    private static RangeType<double> Fraction => new(OptionText.Fraction) { Least = 0, Most = 1 };

    private static RangeType<double> PositiveFraction => new(OptionText.Fraction) { Above = 0, Most = 1 };

    private static RangeType<TimeSpan> Duration => Within(null);

    private static RangeType<TimeSpan> DurationOrInfinite => Within(Timeout.InfiniteTimeSpan);

    private static RangeType<TimeSpan> DurationOrZero => Within(TimeSpan.Zero);

    /// <summary>A duration that may be off; infinite means off.</summary>
    private static NullableType<TimeSpan> DurationOrNull => new(DurationOrInfinite, Timeout.InfiniteTimeSpan);

    private static RangeType<TimeSpan> BreakerSpan =>
        new(OptionText.Duration) { Least = TimeSpan.FromMilliseconds(500), Most = TimeSpan.FromDays(1) };

    /// <summary>A message size. An empty call fits, and the largest message fits into an array.</summary>
    private static RangeType<MemorySize> MessageSize =>
        new(OptionText.Size) { Least = MemorySize.FromKiB(1), Below = MemorySize.FromGiB(2) };

    private static RangeType<MemorySize> WorkerSize => new(OptionText.Size) { Least = MemorySize.FromMiB(1) };

    private static RangeType<int> Number(int least, int? most = null) => new(OptionText.Number) { Least = least, Most = most };

    private static TextType Text(string form) => new(form, mayBeNull: false);

    private static TextType TextOrNull(string form) => new(form, mayBeNull: true);

    private static NullableType<T> OrNull<T>(OptionType<T> type)
        where T : struct => new(type);

    /// <summary>A range that timers can measure. They count milliseconds in 32 bits, which ends a little after 49 days.</summary>
    private static RangeType<TimeSpan> Within(TimeSpan? or) =>
        new(OptionText.Duration) { Least = TimeSpan.FromMilliseconds(1), Most = TimeSpan.FromDays(49), Or = or };

    private static ScalarOption<PoolOptions, T> Row<T>(
        string path, OptionType<T> type, Func<PoolOptions, T> get, Action<PoolOptions, T> set, string remedy = "") =>
        new(path, type, get, set, remedy) { Effect = EffectOf(path) };

    private static ScalarOption<PoolOptions, T> Choice<T>(string path, Func<PoolOptions, T> get, Action<PoolOptions, T> set)
        where T : struct, Enum => new(path, new ChoiceType<T>(), get, set, $"one of {ChoiceType<T>.Names}")
        {
            Effect = EffectOf(path),
        };

    private static ListOption<PoolOptions> List(string path, string items, Func<PoolOptions, IList<string>> get) =>
        new(path, items, get) { Effect = EffectOf(path) };

    private static ReloadEffect EffectOf(string path)
    {
        string group = path.Split('.')[0];
        return s_ofStarts.Contains(path) || s_ofStarts.Contains(group) ? ReloadEffect.Replacement
            : ReloadEffect.AtOnce;
    }
}
