using Snakepit.Hosting.Rules;

namespace Snakepit.Hosting;

/// <summary>Everything that must hold of a pool's options before it starts.</summary>
internal static class PoolOptionsValidator
{
    public static IReadOnlyList<IPoolOptionsRule> Rules { get; } =
    [
        new PoolNameRule(),
        new AdapterRule(),
        new WholeNumberRule("Size", static o => o.Size, 1, 10_000, "Set Size to the number of worker processes to keep, such as 4."),
        new WholeNumberRule("MinReady", static o => o.MinReady, 0, int.MaxValue, "Set MinReady to the number of workers that must be ready, such as 1."),
        new NotAboveSizeRule("MinReady", static o => o.MinReady),
        new WholeNumberRule("Spares", static o => o.Spares, 0, 10_000, "Set Spares to the number of workers to keep in waiting, such as 1; 0 for none."),
        new ChoiceRule<StartMethod>("Start.Method", static o => o.Start.Method, "method"),
        new PreloadRule(),
        new ToolNameRule("Start.Warmup", static o => o.Start.Warmup),
        new WholeNumberRule("Start.MaxConcurrent", static o => o.Start.MaxConcurrent, 1, int.MaxValue,
            "Set Start.MaxConcurrent to the number of workers that may start at once, such as 4."),
        new WholeNumberRule("Queue.Limit", static o => o.Queue.Limit, 0, int.MaxValue,
            "Set Queue.Limit to the number of calls that may wait, such as 1000; 0 rejects what cannot run at once."),
        new DurationRule("Queue.Timeout", static o => o.Queue.Timeout,
            "Set Queue.Timeout to the time a call may wait, such as '5s'; to let none wait, set Queue.Limit to 0."),
        new DurationRule("Call.Timeout", static o => o.Call.Timeout, "Set Call.Timeout to the time a call may take, such as '60s'.", mayBeInfinite: true),
        new DurationRule("Call.CancelGrace", static o => o.Call.CancelGrace, "Set Call.CancelGrace to the time an abandoned call may go on, such as '2s'."),
        new MessageSizeRule(),
        new DurationRule("Boot.Timeout", static o => o.Boot.Timeout, "Set Boot.Timeout to the time a worker's start may take, such as '30s'."),
        new WholeNumberRule("Recycle.MaxRequests", static o => o.Recycle.MaxRequests, 1, int.MaxValue,
            "Set Recycle.MaxRequests to the calls a worker may start, such as 1000, or to null for no limit."),
        new OptionalDurationRule("Recycle.Ttl", static o => o.Recycle.Ttl, "Set Recycle.Ttl to the time a worker may serve, such as '1h', or to null for no limit."),
        new OptionalDurationRule("Recycle.IdleTimeout", static o => o.Recycle.IdleTimeout,
            "Set Recycle.IdleTimeout to the time a worker may be without a call, such as '10m', or to null."),
        new OptionalDurationRule("Recycle.MaxCpuTime", static o => o.Recycle.MaxCpuTime,
            "Set Recycle.MaxCpuTime to the processor time a worker may use, such as '1h', or to null for no limit."),
        new WholeNumberRule("Recycle.MaxConsecutiveErrors", static o => o.Recycle.MaxConsecutiveErrors, 1, int.MaxValue,
            "Set Recycle.MaxConsecutiveErrors to the failed calls in a row that are too many, such as 10, or to null."),
        new ChoiceRule<RecycleMode>("Recycle.Mode", static o => o.Recycle.Mode, "mode"),
        new StopFirstRule(),
        new DurationRule("Recycle.DrainTimeout", static o => o.Recycle.DrainTimeout, "Set Recycle.DrainTimeout to the time running calls get, such as '30s'."),
        new WholeNumberRule("Recycle.MaxConcurrent", static o => o.Recycle.MaxConcurrent, 1, int.MaxValue,
            "Set Recycle.MaxConcurrent to the workers that may be replaced at once, such as 1, or to null for a tenth of Size."),
        new NotAboveSizeRule("Recycle.MaxConcurrent", static o => o.Recycle.MaxConcurrent),
        new MinLifetimeRule(),
        new MemoryLimitRule(),
        new DurationRule("Memory.SampleInterval", static o => o.Memory.SampleInterval,
            "Set Memory.SampleInterval to how often memory is read, such as '250ms'."),
        new DurationRule("Health.CheckInterval", static o => o.Health.CheckInterval,
            "Set Health.CheckInterval to how often idle workers are checked, such as '5m'.", mayBeInfinite: true),
        new ToolNameRule("Health.CheckTool", static o => o.Health.CheckTool),
        new DurationRule("Health.PingInterval", static o => o.Health.PingInterval,
            "Set Health.PingInterval to how often a worker is asked for a sign of life, such as '30s'.", mayBeInfinite: true),
        new DurationRule("Health.LivenessTimeout", static o => o.Health.LivenessTimeout,
            "Set Health.LivenessTimeout to the time a sign of life may take, such as '10s'."),
        new OptionalDurationRule("Health.UnresponsiveTimeout", static o => o.Health.UnresponsiveTimeout,
            "Set Health.UnresponsiveTimeout to the time a worker may be unresponsive in a call, such as '5m', or to null."),
        new DurationRule("Restart.InitialBackoff", static o => o.Restart.InitialBackoff, "Set Restart.InitialBackoff to the first wait, such as '100ms'."),
        new DurationRule("Restart.MaxBackoff", static o => o.Restart.MaxBackoff, "Set Restart.MaxBackoff to the longest wait, such as '30s'."),
        new DurationOrderRule("Restart.InitialBackoff", static o => o.Restart.InitialBackoff, "Restart.MaxBackoff", static o => o.Restart.MaxBackoff,
            "the first wait cannot exceed the longest"),
        new DurationRule("Restart.Window", static o => o.Restart.Window, "Set Restart.Window to how long a failure is held against the next, such as '60s'."),
        new JitterRule(),
        new WholeNumberRule("Crash.QuarantineAfter", static o => o.Crash.QuarantineAfter, 1, 1_000,
            "Set Crash.QuarantineAfter to the workers an input may kill, such as 3, or to null for no limit."),
        new DurationRule("Crash.QuarantineTime", static o => o.Crash.QuarantineTime,
            "Set Crash.QuarantineTime to how long such an input is rejected, such as '10m'."),
        new DurationRule("Stop.Timeout", static o => o.Stop.Timeout, "Set Stop.Timeout to the time the pool's stop may take, such as '25s'."),
        new DurationRule("Stop.KillTimeout", static o => o.Stop.KillTimeout, "Set Stop.KillTimeout to the time one worker's end may take, such as '5s'."),
        new DurationOrderRule("Stop.KillTimeout", static o => o.Stop.KillTimeout, "Stop.Timeout", static o => o.Stop.Timeout,
            "one worker's end cannot take longer than the whole pool's"),
        new InterpreterRule(),
        new PythonPathRule(),
        new VariablesRule(),
        new ChoiceRule<ValueCodec>("Values.Codec", static o => o.Values.Codec, "codec"),
        new ChoiceRule<UnserializableDetail>("Values.Unserializable", static o => o.Values.Unserializable, "detail"),
        new WholeNumberRule("Values.ReprMaxLength", static o => o.Values.ReprMaxLength, 1, 2_000,
            "Set Values.ReprMaxLength to a number of characters, such as 500."),
    ];

    public static void Check(string pool, PoolOptions options, ICollection<string> problems)
    {
        foreach (IPoolOptionsRule rule in Rules)
        {
            rule.Check(pool, options, problems);
        }
    }
}
