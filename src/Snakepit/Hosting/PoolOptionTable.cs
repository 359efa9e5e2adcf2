using System.Collections.Frozen;

namespace Snakepit.Hosting;

/// <summary>Every setting of a pool, one line each. What is not here cannot be configured.</summary>
internal static class PoolOptionTable
{
    public static IReadOnlyList<PoolOption> All { get; } =
    [
        Text("Adapter", static o => o.Adapter, static (o, v) => o.Adapter = v),
        Whole("Size", static o => o.Size, static (o, v) => o.Size = v),
        Whole("MinReady", static o => o.MinReady, static (o, v) => o.MinReady = v),
        Whole("Spares", static o => o.Spares, static (o, v) => o.Spares = v),
        Switch("WatchAdapter", static o => o.WatchAdapter, static (o, v) => o.WatchAdapter = v),
        Choice("Start.Method", static o => o.Start.Method, static (o, v) => o.Start.Method = v),
        new ListOption("Start.Preload", static o => o.Start.Preload),
        TextOrNull("Start.Warmup", static o => o.Start.Warmup, static (o, v) => o.Start.Warmup = v),
        Whole("Start.MaxConcurrent", static o => o.Start.MaxConcurrent, static (o, v) => o.Start.MaxConcurrent = v),
        Whole("Queue.Limit", static o => o.Queue.Limit, static (o, v) => o.Queue.Limit = v),
        Choice("Queue.WhenFull", static o => o.Queue.WhenFull, static (o, v) => o.Queue.WhenFull = v),
        Duration("Queue.Timeout", static o => o.Queue.Timeout, static (o, v) => o.Queue.Timeout = v),
        Switch("Queue.RejectLate", static o => o.Queue.RejectLate, static (o, v) => o.Queue.RejectLate = v),
        Duration("Queue.PriorityStep", static o => o.Queue.PriorityStep, static (o, v) => o.Queue.PriorityStep = v),
        Choice("Queue.Fairness", static o => o.Queue.Fairness, static (o, v) => o.Queue.Fairness = v),
        WholeOrNull("Queue.LimitPerKey", static o => o.Queue.LimitPerKey, static (o, v) => o.Queue.LimitPerKey = v),
        Duration("Call.Timeout", static o => o.Call.Timeout, static (o, v) => o.Call.Timeout = v),
        Duration("Call.CancelGrace", static o => o.Call.CancelGrace, static (o, v) => o.Call.CancelGrace = v),
        Whole("Call.MaxAttempts", static o => o.Call.MaxAttempts, static (o, v) => o.Call.MaxAttempts = v),
        Size("Call.MaxMessage", static o => o.Call.MaxMessage, static (o, v) => o.Call.MaxMessage = v),
        WholeOrNull("Call.MaxConcurrent", static o => o.Call.MaxConcurrent, static (o, v) => o.Call.MaxConcurrent = v),
        Duration("Boot.Timeout", static o => o.Boot.Timeout, static (o, v) => o.Boot.Timeout = v),
        DurationOrNull("Recycle.Ttl", static o => o.Recycle.Ttl, static (o, v) => o.Recycle.Ttl = v),
        WholeOrNull("Recycle.MaxRequests", static o => o.Recycle.MaxRequests, static (o, v) => o.Recycle.MaxRequests = v),
        Switch("Recycle.StrictMaxRequests", static o => o.Recycle.StrictMaxRequests, static (o, v) => o.Recycle.StrictMaxRequests = v),
        DurationOrNull("Recycle.IdleTimeout", static o => o.Recycle.IdleTimeout, static (o, v) => o.Recycle.IdleTimeout = v),
        DurationOrNull("Recycle.MaxCpuTime", static o => o.Recycle.MaxCpuTime, static (o, v) => o.Recycle.MaxCpuTime = v),
        WholeOrNull("Recycle.MaxConsecutiveErrors", static o => o.Recycle.MaxConsecutiveErrors, static (o, v) => o.Recycle.MaxConsecutiveErrors = v),
        Choice("Recycle.Mode", static o => o.Recycle.Mode, static (o, v) => o.Recycle.Mode = v),
        Duration("Recycle.DrainTimeout", static o => o.Recycle.DrainTimeout, static (o, v) => o.Recycle.DrainTimeout = v),
        WholeOrNull("Recycle.MaxConcurrent", static o => o.Recycle.MaxConcurrent, static (o, v) => o.Recycle.MaxConcurrent = v),
        Duration("Recycle.MinLifetime", static o => o.Recycle.MinLifetime, static (o, v) => o.Recycle.MinLifetime = v),
        SizeOrNull("Memory.SoftLimit", static o => o.Memory.SoftLimit, static (o, v) => o.Memory.SoftLimit = v),
        SizeOrNull("Memory.HardLimit", static o => o.Memory.HardLimit, static (o, v) => o.Memory.HardLimit = v),
        Duration("Memory.SampleInterval", static o => o.Memory.SampleInterval, static (o, v) => o.Memory.SampleInterval = v),
        Duration("Health.CheckInterval", static o => o.Health.CheckInterval, static (o, v) => o.Health.CheckInterval = v),
        TextOrNull("Health.CheckTool", static o => o.Health.CheckTool, static (o, v) => o.Health.CheckTool = v),
        Duration("Health.PingInterval", static o => o.Health.PingInterval, static (o, v) => o.Health.PingInterval = v),
        Duration("Health.LivenessTimeout", static o => o.Health.LivenessTimeout, static (o, v) => o.Health.LivenessTimeout = v),
        DurationOrNull("Health.UnresponsiveTimeout", static o => o.Health.UnresponsiveTimeout, static (o, v) => o.Health.UnresponsiveTimeout = v),
        Duration("Restart.InitialBackoff", static o => o.Restart.InitialBackoff, static (o, v) => o.Restart.InitialBackoff = v),
        Duration("Restart.MaxBackoff", static o => o.Restart.MaxBackoff, static (o, v) => o.Restart.MaxBackoff = v),
        Duration("Restart.Window", static o => o.Restart.Window, static (o, v) => o.Restart.Window = v),
        Fraction("Restart.Jitter", static o => o.Restart.Jitter, static (o, v) => o.Restart.Jitter = v),
        Whole("Retry.MaxRetries", static o => o.Retry.MaxRetries, static (o, v) => o.Retry.MaxRetries = v),
        Duration("Retry.Delay", static o => o.Retry.Delay, static (o, v) => o.Retry.Delay = v),
        Duration("Retry.MaxDelay", static o => o.Retry.MaxDelay, static (o, v) => o.Retry.MaxDelay = v),
        DurationOrNull("Retry.AttemptTimeout", static o => o.Retry.AttemptTimeout, static (o, v) => o.Retry.AttemptTimeout = v),
        FractionOrNull("Breaker.FailureRatio", static o => o.Breaker.FailureRatio, static (o, v) => o.Breaker.FailureRatio = v),
        Whole("Breaker.MinimumCalls", static o => o.Breaker.MinimumCalls, static (o, v) => o.Breaker.MinimumCalls = v),
        Duration("Breaker.Window", static o => o.Breaker.Window, static (o, v) => o.Breaker.Window = v),
        Duration("Breaker.Duration", static o => o.Breaker.Duration, static (o, v) => o.Breaker.Duration = v),
        WholeOrNull("Crash.QuarantineAfter", static o => o.Crash.QuarantineAfter, static (o, v) => o.Crash.QuarantineAfter = v),
        Duration("Crash.QuarantineTime", static o => o.Crash.QuarantineTime, static (o, v) => o.Crash.QuarantineTime = v),
        Choice("Crash.TaintOn", static o => o.Crash.TaintOn, static (o, v) => o.Crash.TaintOn = v),
        Duration("Crash.TaintTime", static o => o.Crash.TaintTime, static (o, v) => o.Crash.TaintTime = v),
        Duration("Stop.Timeout", static o => o.Stop.Timeout, static (o, v) => o.Stop.Timeout = v),
        Duration("Stop.KillTimeout", static o => o.Stop.KillTimeout, static (o, v) => o.Stop.KillTimeout = v),
        Switch("Stop.DrainQueue", static o => o.Stop.DrainQueue, static (o, v) => o.Stop.DrainQueue = v),
        TextOrNull("Python.Executable", static o => o.Python.Executable, static (o, v) => o.Python.Executable = v),
        TextOrNull("Python.Environment", static o => o.Python.Environment, static (o, v) => o.Python.Environment = v),
        new ListOption("Python.PythonPath", static o => o.Python.PythonPath),
        new MapOption("Python.Variables", static o => o.Python.Variables),
        Choice("Values.Codec", static o => o.Values.Codec, static (o, v) => o.Values.Codec = v),
        Choice("Values.Unserializable", static o => o.Values.Unserializable, static (o, v) => o.Values.Unserializable = v),
        Whole("Values.ReprMaxLength", static o => o.Values.ReprMaxLength, static (o, v) => o.Values.ReprMaxLength = v),
        Switch("Values.RequireMembers", static o => o.Values.RequireMembers, static (o, v) => o.Values.RequireMembers = v),
        Switch("Transport.Portable", static o => o.Transport.Portable, static (o, v) => o.Transport.Portable = v),
    ];

    private static readonly FrozenDictionary<string, PoolOption> s_byKey = All
        .ToFrozenDictionary(static option => option.Key, StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenSet<string> s_groups = All
        .Where(static option => option.Key.Contains(':'))
        .Select(static option => option.Key[..option.Key.IndexOf(':')])
        .ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>Every setting with its value, by its path.</summary>
    public static IReadOnlyDictionary<string, string> Describe(PoolOptions options) =>
        All.ToDictionary(static option => option.Path, option => option.Show(options));

    /// <summary>The option of that configuration key, in any case.</summary>
    public static PoolOption? Find(string key) => s_byKey.GetValueOrDefault(key);

    /// <summary>Whether options stand below that key.</summary>
    public static bool IsGroup(string key) => s_groups.Contains(key);

    /// <summary>Whether a pool's section may have that key.</summary>
    public static bool IsSettingOrGroup(string key) => s_byKey.ContainsKey(key) || IsGroup(key);

    private static ScalarOption<string> Text(string path, Func<PoolOptions, string> get, Action<PoolOptions, string> set) =>
        new(path, OptionText.Text, get, set);

    private static ScalarOption<string?> TextOrNull(string path, Func<PoolOptions, string?> get, Action<PoolOptions, string?> set) =>
        new(path, OptionText.TextOrNull, get, set);

    private static ScalarOption<int> Whole(string path, Func<PoolOptions, int> get, Action<PoolOptions, int> set) =>
        new(path, OptionText.WholeNumber, get, set);

    private static ScalarOption<int?> WholeOrNull(string path, Func<PoolOptions, int?> get, Action<PoolOptions, int?> set) =>
        new(path, OptionText.WholeNumberOrNull, get, set);

    private static ScalarOption<double> Fraction(string path, Func<PoolOptions, double> get, Action<PoolOptions, double> set) =>
        new(path, OptionText.Fraction, get, set);

    private static ScalarOption<double?> FractionOrNull(string path, Func<PoolOptions, double?> get, Action<PoolOptions, double?> set) =>
        new(path, OptionText.FractionOrNull, get, set);

    private static ScalarOption<bool> Switch(string path, Func<PoolOptions, bool> get, Action<PoolOptions, bool> set) =>
        new(path, OptionText.Switch, get, set);

    private static ScalarOption<TimeSpan> Duration(string path, Func<PoolOptions, TimeSpan> get, Action<PoolOptions, TimeSpan> set) =>
        new(path, OptionText.Duration, get, set);

    private static ScalarOption<TimeSpan?> DurationOrNull(string path, Func<PoolOptions, TimeSpan?> get, Action<PoolOptions, TimeSpan?> set) =>
        new(path, OptionText.DurationOrNull, get, set);

    private static ScalarOption<MemorySize?> SizeOrNull(string path, Func<PoolOptions, MemorySize?> get, Action<PoolOptions, MemorySize?> set) =>
        new(path, OptionText.SizeOrNull, get, set);

    private static ScalarOption<MemorySize> Size(string path, Func<PoolOptions, MemorySize> get, Action<PoolOptions, MemorySize> set) =>
        new(path, OptionText.Size, get, set);

    private static ScalarOption<T> Choice<T>(string path, Func<PoolOptions, T> get, Action<PoolOptions, T> set)
        where T : struct, Enum => new(path, OptionText.Choice, get, set);
}
