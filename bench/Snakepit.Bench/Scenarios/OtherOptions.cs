using Snakepit.Configuration;

namespace Snakepit.Bench.Scenarios;

/// <summary>Another valid value for every option of a pool that a reload puts in force.</summary>
internal sealed class OtherOptions(string adapter, string environment)
{
    private const string Installs = "Python.PrepareEnvironment"; // needs an index of packages

    /// <summary>The changes by the option that they change, in the order of the table.</summary>
    /// <exception cref="InvalidRunException">An option has no other value here.</exception>
    public IReadOnlyList<(string Option, Action<PoolOptions> Change)> All =>
    [
        .. PoolOptionTable.Table.All
            .Where(static option => option.Effect != ReloadEffect.Restart && option.Path != Installs)
            .Select(option => (option.Path, Find(option.Path))),
    ];

    private Action<PoolOptions> Find(string option) => option switch
    {
        "Adapter" => p => p.Adapter = adapter,
        "Size" => static p => p.Size = 4,
        "MinSize" => static p => p.MinSize = 1,
        "MaxSize" => static p => p.MaxSize = 6,
        "Scale.QueueDelay" => static p => (p.MaxSize, p.Scale.QueueDelay) = (6, TimeSpan.FromMilliseconds(50)),
        "Scale.Patience" => static p => (p.MaxSize, p.Scale.Patience) = (6, TimeSpan.FromSeconds(10)),
        "Profile" => static p => p.Profile = WorkerProfile.Thread,
        "ThreadsPerWorker" => static p => (p.Profile, p.ThreadsPerWorker) = (WorkerProfile.Thread, 3),
        "AsyncCallsPerWorker" => static p => (p.Profile, p.AsyncCallsPerWorker) = (WorkerProfile.Thread, 20),
        "ThreadSafety" => static p => p.ThreadSafety = ThreadSafetyMode.Trust,
        "TimeoutProfile" => static p => p.TimeoutProfile = TimeoutProfile.Batch,
        "MinReady" => static p => p.MinReady = 2,
        "Spares" => static p => p.Spares = 1,
        "WatchAdapter" => static p => p.WatchAdapter = true,
        "Start.Method" => static p => p.Start.Method = StartMethod.Zygote,
        "Start.Preload" => static p => p.Start.Preload.Add("json"),
        "Start.Warmup" => static p => p.Start.Warmup = "check",
        "Start.MaxConcurrent" => static p => p.Start.MaxConcurrent = 7,
        "Queue.Limit" => static p => p.Queue.Limit = 700,
        "Queue.WhenFull" => static p => p.Queue.WhenFull = QueueFullMode.Wait,
        "Queue.Timeout" => static p => p.Queue.Timeout = TimeSpan.FromSeconds(40),
        "Queue.RejectLate" => static p => p.Queue.RejectLate = false,
        "Queue.PriorityStep" => static p => p.Queue.PriorityStep = TimeSpan.FromSeconds(2),
        "Queue.Fairness" => static p => p.Queue.Fairness = QueueFairness.RoundRobin,
        "Queue.LimitPerKey" => static p => p.Queue.LimitPerKey = 300,
        _ => FindLimit(option),
    };

    private Action<PoolOptions> FindLimit(string option) => option switch
    {
        "Call.Timeout" => static p => p.Call.Timeout = TimeSpan.FromSeconds(50),
        "Call.StreamIdleTimeout" => static p => p.Call.StreamIdleTimeout = TimeSpan.FromSeconds(50),
        "Call.CancelGrace" => static p => p.Call.CancelGrace = TimeSpan.FromSeconds(1),
        "Call.MaxAttempts" => static p => p.Call.MaxAttempts = 2,
        "Call.MaxMessage" => static p => p.Call.MaxMessage = MemorySize.FromMiB(50),
        "Call.MaxConcurrent" => static p => p.Call.MaxConcurrent = 2,
        "Tools.MaxConcurrent" => static p => p.Tools.MaxConcurrent = 5,
        "Tools.SendStacks" => static p => p.Tools.SendStacks = true,
        "Boot.Timeout" => static p => p.Boot.Timeout = TimeSpan.FromSeconds(50),
        "Recycle.Ttl" => static p => p.Recycle.Ttl = TimeSpan.FromSeconds(1),
        "Recycle.MaxRequests" => static p => p.Recycle.MaxRequests = 20,
        "Recycle.StrictMaxRequests" => static p => (p.Recycle.MaxRequests, p.Recycle.StrictMaxRequests) = (50, true),
        "Recycle.IdleTimeout" => static p => p.Recycle.IdleTimeout = TimeSpan.FromMilliseconds(100),
        "Recycle.MaxCpuTime" => static p => p.Recycle.MaxCpuTime = TimeSpan.FromSeconds(1),
        "Recycle.MaxConsecutiveErrors" => static p => p.Recycle.MaxConsecutiveErrors = 5,
        "Recycle.Mode" => static p => p.Recycle.Mode = RecycleMode.StopFirst,
        "Recycle.DrainTimeout" => static p => p.Recycle.DrainTimeout = TimeSpan.FromSeconds(20),
        "Recycle.MaxConcurrent" => static p => p.Recycle.MaxConcurrent = 2,
        "Recycle.MinLifetime" => static p => p.Recycle.MinLifetime = TimeSpan.FromSeconds(1),
        "Memory.SoftLimit" => static p => p.Memory.SoftLimit = MemorySize.FromMiB(200),
        "Memory.HardLimit" => static p => p.Memory.HardLimit = MemorySize.FromGiB(1),
        "Memory.SampleInterval" => static p => p.Memory.SampleInterval = TimeSpan.FromMilliseconds(100),
        "Retry.MaxRetries" => static p => p.Retry.MaxRetries = 2,
        "Retry.Delay" => static p => (p.Retry.MaxRetries, p.Retry.Delay) = (1, TimeSpan.FromMilliseconds(50)),
        "Retry.MaxDelay" => static p => (p.Retry.MaxRetries, p.Retry.MaxDelay) = (1, TimeSpan.FromSeconds(20)),
        "Retry.AttemptTimeout" => static p => p.Retry.AttemptTimeout = TimeSpan.FromSeconds(20),
        "Breaker.FailureRatio" => static p => p.Breaker.FailureRatio = 0.9,
        "Breaker.MinimumCalls" => static p => (p.Breaker.FailureRatio, p.Breaker.MinimumCalls) = (0.9, 50),
        "Breaker.Window" => static p => (p.Breaker.FailureRatio, p.Breaker.Window) = (0.9, TimeSpan.FromSeconds(20)),
        "Breaker.Duration" => static p => (p.Breaker.FailureRatio, p.Breaker.Duration) = (0.9, TimeSpan.FromSeconds(2)),
        _ => FindRest(option),
    };

    private Action<PoolOptions> FindRest(string option) => option switch
    {
        "Session.Ttl" => static p => p.Session.Ttl = TimeSpan.FromMinutes(5),
        "Session.Max" => static p => p.Session.Max = 50,
        "Session.MoveTimeout" => static p => p.Session.MoveTimeout = TimeSpan.FromSeconds(5),
        "Session.Affinity" => static p => p.Session.Affinity = SessionAffinity.StrictQueue,
        "Health.CheckInterval" => static p => p.Health.CheckInterval = TimeSpan.FromMilliseconds(200),
        "Health.CheckTool" => static p => p.Health.CheckTool = "check",
        "Health.PingInterval" => static p => p.Health.PingInterval = TimeSpan.FromMilliseconds(200),
        "Health.LivenessTimeout" => static p => p.Health.LivenessTimeout = TimeSpan.FromSeconds(20),
        "Health.UnresponsiveTimeout" => static p => p.Health.UnresponsiveTimeout = TimeSpan.FromMinutes(1),
        "Restart.InitialBackoff" => static p => p.Restart.InitialBackoff = TimeSpan.FromMilliseconds(50),
        "Restart.MaxBackoff" => static p => p.Restart.MaxBackoff = TimeSpan.FromSeconds(5),
        "Restart.Window" => static p => p.Restart.Window = TimeSpan.FromSeconds(20),
        "Restart.Jitter" => static p => p.Restart.Jitter = 0.5,
        "Crash.QuarantineAfter" => static p => p.Crash.QuarantineAfter = 5,
        "Crash.QuarantineTime" => static p => p.Crash.QuarantineTime = TimeSpan.FromMinutes(1),
        "Crash.TaintOn" => static p => p.Crash.TaintOn = CrashKinds.Crash,
        "Crash.TaintTime" => static p => p.Crash.TaintTime = TimeSpan.FromSeconds(5),
        "Stop.Timeout" => static p => p.Stop.Timeout = TimeSpan.FromSeconds(10),
        "Stop.KillTimeout" => static p => p.Stop.KillTimeout = TimeSpan.FromSeconds(3),
        "Stop.DrainQueue" => static p => p.Stop.DrainQueue = true,
        "Python.Executable" => p => p.Python.Executable = Path.Combine(environment, "bin", "python"),
        "Python.Environment" => p => (p.Python.Executable, p.Python.Environment) = (null, environment),
        "Python.Project" => p => (p.Python.Executable, p.Python.Project) = (null, Path.GetDirectoryName(environment)),
        "Python.Version" => static p => p.Python.Version = ">=3.9",
        "Python.PrepareTimeout" => static p => p.Python.PrepareTimeout = TimeSpan.FromMinutes(5),
        "Python.PythonPath" => p => p.Python.PythonPath.Add(environment),
        "Python.Variables" => static p => p.Python.Variables["OTHER"] = "1",
        "Values.Codec" => static p => p.Values.Codec = ValueCodec.Json,
        "Values.Unserializable" => static p => p.Values.Unserializable = UnserializableDetail.None,
        "Values.ReprMaxLength" => static p => p.Values.ReprMaxLength = 100,
        "Values.RequireMembers" => static p => p.Values.RequireMembers = true,
        "Telemetry.Include" => static p => p.Telemetry.Include.Add("app.*"),
        "Telemetry.Exclude" => static p => p.Telemetry.Exclude.Add("app.debug"),
        "Telemetry.Sampling" => static p => p.Telemetry.Sampling = 0.5,
        "Telemetry.MaxSeries" => static p => p.Telemetry.MaxSeries = 100,
        "Transport.Portable" => static p => p.Transport.Portable = true,
        _ => throw new InvalidRunException($"There is no other value of {option}; add one to {nameof(OtherOptions)}."),
    };
}
