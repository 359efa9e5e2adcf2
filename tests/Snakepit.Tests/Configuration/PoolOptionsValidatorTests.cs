using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Snakepit.Configuration;

namespace Snakepit.Tests.Configuration;

public partial class PoolOptionsValidatorTests
{
    private static readonly TimeSpan s_tooLong = TimeSpan.FromDays(50);

    /// <summary>Each row violates one range or rule. The text is the begin of its message after the pool's name.</summary>
    public static IEnumerable<TheoryDataRow<string, Action<PoolOptions>>> Violations =>
    [
        new("Session.Affinity is 9", static o => o.Session.Affinity = (SessionAffinity)9),
        new("Adapter is empty; a pool needs", static o => o.Adapter = " "),
        new("Adapter is empty; a pool needs", static o => o.Adapter = null!),
        new("Adapter has a control character", static o => o.Adapter = "a\0.py"),
        new("Adapter has a control character", static o => o.Adapter = "a.py\nb.py"),
        new("Adapter has 4,097 characters, more than a path", static o => o.Adapter = new string('a', 4_097)),
        new("MinSize is 5 and MaxSize is 4; the least", static o => (o.MinSize, o.MaxSize) = (5, 4)),
        new(
            "MinReady is 3 and MinSize is 2; the pool may have no more workers than that. Lower MinReady or raise MinSize.",
            static o => (o.MinSize, o.MinReady) = (2, 3)),
        new("MinReady is 3 and MaxSize is 2; ", static o => (o.MaxSize, o.MinReady) = (2, 3)),
        new("Size is 0; it must be from 1 to 10000. Set Size ", static o => o.Size = 0),
        new("Size is 10001; it must be from 1 to 10000. Set Size ", static o => o.Size = 10_001),
        new(
            "Profile is 2; there is no such value. Set Profile to one of Process, Thread.",
            static o => o.Profile = (WorkerProfile)2),
        new("TimeoutProfile is 5; there is no such value. ", static o => o.TimeoutProfile = (TimeoutProfile)5),
        new("ThreadsPerWorker is 0; it must be from 1 to 1000. Set ThreadsPerWorker ", static o => o.ThreadsPerWorker = 0),
        new("ThreadsPerWorker is 10000; it must be from 1 to 1000. Set ThreadsPerWorker ", static o => o.ThreadsPerWorker = 10_000),
        new(
            "AsyncCallsPerWorker is 0; it must be from 1 to 10000. Set AsyncCallsPerWorker ",
            static o => (o.Profile, o.AsyncCallsPerWorker) = (WorkerProfile.Thread, 0)),
        new(
            "ThreadSafety is 3; there is no such value. Set ThreadSafety to one of Trust, Watch, Strict.",
            static o => o.ThreadSafety = (ThreadSafetyMode)3),
        new("MinReady is -1; it must be at least 0. Set MinReady ", static o => o.MinReady = -1),
        new(
            "MinReady is 5 and Size is 4; it cannot exceed the number of workers. Lower MinReady or raise Size.",
            static o => o.MinReady = 5),
        new("Start.MaxConcurrent is 0; it must be at least 1.", static o => o.Start.MaxConcurrent = 0),
        new("Queue.Limit is -1; it must be at least 0.", static o => o.Queue.Limit = -1),
        new(
            "Queue.WhenFull is 9; there is no such value. Set Queue.WhenFull to one of Reject, Wait.",
            static o => o.Queue.WhenFull = (QueueFullMode)9),
        new("Queue.WhenFull is Wait and Queue.Limit is 0; ", static o => (o.Queue.WhenFull, o.Queue.Limit) = (QueueFullMode.Wait, 0)),
        new(
            "Queue.Timeout is 0s; it must be from 1ms to 49d, or infinite. Set Queue.Timeout ",
            static o => o.Queue.Timeout = TimeSpan.Zero),
        new("Queue.Timeout is 50d; it must be from 1ms to 49d, or infinite.", static o => o.Queue.Timeout = s_tooLong),
        new("Queue.PriorityStep is 0s; it must be from 1ms to 49d.", static o => o.Queue.PriorityStep = TimeSpan.Zero),
        new(
            "Queue.Fairness is 9; there is no such value. Set Queue.Fairness to one of None, RoundRobin.",
            static o => o.Queue.Fairness = (QueueFairness)9),
        new("Queue.LimitPerKey is 0; it must be at least 1.", static o => o.Queue.LimitPerKey = 0),
        new("Call.MaxConcurrent is 0; it must be at least 1.", static o => o.Call.MaxConcurrent = 0),
        new("Call.Timeout is 0s; it must be from 1ms to 49d, or infinite.", static o => o.Call.Timeout = TimeSpan.Zero),
        new("Call.Timeout is 50d; it must be from 1ms to 49d, or infinite.", static o => o.Call.Timeout = s_tooLong),
        new("Call.Timeout is -2s; ", static o => o.Call.Timeout = TimeSpan.FromSeconds(-2)),
        new("Call.CancelGrace is 0s; ", static o => o.Call.CancelGrace = TimeSpan.Zero),
        new(
            "Call.MaxMessage is 1023B; it must be at least 1KiB and below 2GiB.",
            static o => o.Call.MaxMessage = MemorySize.FromBytes(1023)),
        new("Call.MaxMessage is 2GiB; ", static o => o.Call.MaxMessage = MemorySize.FromGiB(2)),
        new("Call.MaxMessage is -1B; ", static o => o.Call.MaxMessage = MemorySize.FromBytes(-1)),
        new("Boot.Timeout is infinite; ", static o => o.Boot.Timeout = Timeout.InfiniteTimeSpan),
        new("Recycle.MaxRequests is 0; it must be at least 1.", static o => o.Recycle.MaxRequests = 0),
        new("Recycle.DrainTimeout is 50d; ", static o => o.Recycle.DrainTimeout = s_tooLong),
        new("Recycle.MaxConcurrent is 0; it must be at least 1.", static o => o.Recycle.MaxConcurrent = 0),
        new("Recycle.MaxConcurrent is 5 and Size is 4; ", static o => o.Recycle.MaxConcurrent = 5),
        new("Restart.InitialBackoff is 0s; ", static o => o.Restart.InitialBackoff = TimeSpan.Zero),
        new("Restart.MaxBackoff is 50d; ", static o => o.Restart.MaxBackoff = s_tooLong),
        new(
            "Restart.InitialBackoff is 31s and Restart.MaxBackoff is 30s; the first wait cannot exceed the longest. "
                + "Lower Restart.InitialBackoff or raise",
            static o => o.Restart.InitialBackoff = TimeSpan.FromSeconds(31)),
        new("Crash.QuarantineAfter is 0; ", static o => o.Crash.QuarantineAfter = 0),
        new("Crash.QuarantineTime is 0s; ", static o => o.Crash.QuarantineTime = TimeSpan.Zero),
        new(
            "Crash.TaintOn is 8; there is no such value. Set Crash.TaintOn to one of None, Crash, OutOfMemory, All.",
            static o => o.Crash.TaintOn = (CrashKinds)8),
        new("Crash.TaintTime is 0s; ", static o => o.Crash.TaintTime = TimeSpan.Zero),
        new("Python.PrepareTimeout is 0s; ", static o => o.Python.PrepareTimeout = TimeSpan.Zero),
        new("Python.PrepareEnvironment is true and Python.Project is not set; ", static o => o.Python.PrepareEnvironment = true),
        new("Restart.Window is 0s; ", static o => o.Restart.Window = TimeSpan.Zero),
        new("Restart.Jitter is -0.1; it must be from 0 to 1.", static o => o.Restart.Jitter = -0.1),
        new("Restart.Jitter is 1.1; ", static o => o.Restart.Jitter = 1.1),
        new("Restart.Jitter is NaN; ", static o => o.Restart.Jitter = double.NaN),
        new("Call.MaxAttempts is 0; it must be from 1 to 100.", static o => o.Call.MaxAttempts = 0),
        new("Retry.MaxRetries is -1; it must be from 0 to 100.", static o => o.Retry.MaxRetries = -1),
        new("Retry.Delay is 0s; ", static o => o.Retry.Delay = TimeSpan.Zero),
        new("Retry.MaxDelay is 50d; ", static o => o.Retry.MaxDelay = s_tooLong),
        new("Retry.Delay is 6s and Retry.MaxDelay is 5s; ", static o => o.Retry.Delay = TimeSpan.FromSeconds(6)),
        new("Retry.AttemptTimeout is 0s; ", static o => o.Retry.AttemptTimeout = TimeSpan.Zero),
        new("Breaker.FailureRatio is 0; it must be above 0 and at most 1.", static o => o.Breaker.FailureRatio = 0),
        new("Breaker.FailureRatio is 1.5; ", static o => o.Breaker.FailureRatio = 1.5),
        new("Breaker.MinimumCalls is 1; it must be at least 2.", static o => o.Breaker.MinimumCalls = 1),
        new("Breaker.Window is 499ms; it must be from 500ms to 1d.", static o => o.Breaker.Window = TimeSpan.FromMilliseconds(499)),
        new("Breaker.Duration is 2d; it must be from 500ms to 1d.", static o => o.Breaker.Duration = TimeSpan.FromDays(2)),
        new(
            "Pipeline is set, and so is Retry.MaxRetries, ",
            static o => (o.Pipeline, o.Retry.MaxRetries) = (Polly.ResiliencePipeline.Empty, 1)),
        new("Stop.Timeout is infinite; ", static o => o.Stop.Timeout = Timeout.InfiniteTimeSpan),
        new("Stop.KillTimeout is 0s; ", static o => o.Stop.KillTimeout = TimeSpan.Zero),
        new("Stop.KillTimeout is 26s and Stop.Timeout is 25s; one worker's end", static o => o.Stop.KillTimeout = TimeSpan.FromSeconds(26)),
        new("Python.Executable is 'python3' and Python.Environment is '.venv'; ",
            static o => (o.Python.Executable, o.Python.Environment) = ("python3", ".venv")),
        new("Python.PythonPath has an empty entry in 'lib', ''; ", static o => ((List<string>)o.Python.PythonPath).AddRange("lib", "")),
        new("Python.Variables has the name 'A=B'; ", static o => o.Python.Variables["A=B"] = "secret"),
        new("Python.Variables has the name ''; ", static o => o.Python.Variables[""] = "secret"),
        new("Python.Variables has a zero character in the value of 'A'; ", static o => o.Python.Variables["A"] = "secret\0"),
        new(
            "Values.Codec is 9; there is no such value. Set Values.Codec to one of Auto, Json, Marshal.",
            static o => o.Values.Codec = (ValueCodec)9),
        new("Values.Unserializable is 9; there is no such value. Set Values.Unserializable to one of None, Type,",
            static o => o.Values.Unserializable = (UnserializableDetail)9),
        new("Values.ReprMaxLength is 0; it must be from 1 to 2000.", static o => o.Values.ReprMaxLength = 0),
        new("Spares is -1; it must be from 0 to 10000. Set Spares ", static o => o.Spares = -1),
        new(
            "Start.Method is 9; there is no such value. Set Start.Method to one of Auto, Spawn, Zygote.",
            static o => o.Start.Method = (StartMethod)9),
        new("Start.Preload has 'import numpy'; it takes names of modules.", static o => o.Start.Preload.Add("import numpy")),
        new(
            "Start.Preload names 1 modules and Start.Method is Spawn; only a zygote preloads. "
                + "Set Start.Method to Zygote, or empty Start.Preload.",
            static o =>
            {
                o.Start.Preload.Add("numpy");
                o.Start.Method = StartMethod.Spawn;
            }),
        new("Transport.Portable is true and workers are to be forked from a zygote,",
            static o => (o.Start.Method, o.Transport.Portable) = (StartMethod.Zygote, true)),
        new("Start.Warmup is a blank or overlong name; ", static o => o.Start.Warmup = " "),
        new("Health.CheckTool is a blank or overlong name; ", static o => o.Health.CheckTool = new string('x', 1_001)),
        new("Recycle.Ttl is 0s; it must be from 1ms to 49d, or infinite. Set Recycle.Ttl ", static o => o.Recycle.Ttl = TimeSpan.Zero),
        new("Recycle.IdleTimeout is 50d; ", static o => o.Recycle.IdleTimeout = s_tooLong),
        new("Recycle.MaxCpuTime is -2s; ", static o => o.Recycle.MaxCpuTime = TimeSpan.FromSeconds(-2)),
        new("Recycle.MaxConsecutiveErrors is 0; it must be at least 1.", static o => o.Recycle.MaxConsecutiveErrors = 0),
        new(
            "Recycle.Mode is 9; there is no such value. Set Recycle.Mode to one of StartFirst, StopFirst.",
            static o => o.Recycle.Mode = (RecycleMode)9),
        new(
            "Recycle.Mode is StopFirst, MinReady is 4 and Size is 4; ",
            static o => (o.Recycle.Mode, o.MinReady) = (RecycleMode.StopFirst, 4)),
        new("Recycle.MinLifetime is -1s; ", static o => o.Recycle.MinLifetime = TimeSpan.FromSeconds(-1)),
        new("Memory.SoftLimit is 1023KiB; it must be at least 1MiB.", static o => o.Memory.SoftLimit = MemorySize.FromKiB(1023)),
        new("Memory.HardLimit is 1023KiB; it must be at least 1MiB.", static o => o.Memory.HardLimit = MemorySize.FromKiB(1023)),
        new(
            "Memory.HardLimit is 512MiB and Memory.SoftLimit is 512MiB; a worker would be killed before it could be replaced. "
                + "Raise Memory.HardLimit or lower",
            static o => (o.Memory.SoftLimit, o.Memory.HardLimit) = (MemorySize.FromMiB(512), MemorySize.FromMiB(512))),
        new("Memory.SampleInterval is 0s; ", static o => o.Memory.SampleInterval = TimeSpan.Zero),
        new("Health.CheckInterval is 0s; it must be from 1ms to 49d, or infinite.", static o => o.Health.CheckInterval = TimeSpan.Zero),
        new("Health.PingInterval is 50d; ", static o => o.Health.PingInterval = s_tooLong),
        new("Health.LivenessTimeout is infinite; ", static o => o.Health.LivenessTimeout = Timeout.InfiniteTimeSpan),
        new("Health.UnresponsiveTimeout is 0s; ", static o => o.Health.UnresponsiveTimeout = TimeSpan.Zero),
        new("Values.ReprMaxLength is 2001; ", static o => o.Values.ReprMaxLength = 2_001),
    ];

    [Theory]
    [MemberData(nameof(Violations), DisableDiscoveryEnumeration = true)]
    public void Check_one_violation_is_the_one_problem_with_value_rule_and_remedy(string message, Action<PoolOptions> violate)
    {
        string problem = Assert.Single(Problems(violate));

        Assert.StartsWith($"Pool 'text': {message}", problem, StringComparison.Ordinal);
        Assert.EndsWith(".", problem, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_range_is_checked_with_a_remedy() => Assert.All(
        PoolOptionTable.Table.All.Where(static option => option.Type.NotNull is not (SwitchType or TextType or ListType or MapType)),
        static option => Assert.Contains(OutOfRange(option), options => option.Check(options) is { } problem
            && problem.StartsWith($"{option.Path} is ", StringComparison.Ordinal)
            && problem.Contains($" Set {option.Path} to ", StringComparison.Ordinal)));

    [Fact]
    public void Violations_break_every_rule() => Assert.All(
        PoolOptionsValidator.Rules, static rule => Assert.Contains(Violations, row => rule(Changed(row.Data.Item2)).Any()));

    [Fact]
    public void Check_messages_name_only_settings_that_exist()
    {
        HashSet<string> known = [.. PoolOptionTable.Table.All.Select(static option => option.Path)];

        string[] named =
        [
            .. Violations.SelectMany(static row => Problems(row.Data.Item2))
                .SelectMany(static problem => SettingPath().Matches(problem))
                .Select(static match => match.Value),
        ];

        Assert.NotEmpty(named);
        Assert.All(named, path => Assert.Contains(path, known));
    }

    [Fact]
    public void Check_defaults_with_an_adapter_are_valid()
    {
        List<string> problems = [];
        PoolOptionsValidator.Check("text", new PoolOptions { Adapter = "a.py" }, problems);
        Assert.Empty(problems);
    }

    [Fact]
    public void Check_values_at_their_bounds_are_valid() => Assert.Empty(Problems(static o =>
    {
        o.Size = 10_000;
        o.MinReady = 10_000;
        o.Recycle.MaxConcurrent = 10_000;
        o.Recycle.MaxRequests = 1;
        o.Queue.Limit = 0;
        o.Queue.Timeout = TimeSpan.FromMilliseconds(1);
        o.Call.Timeout = Timeout.InfiniteTimeSpan;
        o.Boot.Timeout = TimeSpan.FromDays(49);
        o.Call.MaxMessage = MemorySize.FromBytes(int.MaxValue);
        o.Restart.InitialBackoff = o.Restart.MaxBackoff;
        o.Restart.Jitter = 1;
        o.Stop.KillTimeout = o.Stop.Timeout;
        o.Values.ReprMaxLength = 2_000;
    }));

    [Fact]
    public void Check_size_out_of_range_is_not_reported_again_by_what_depends_on_it() =>
        Assert.Single(Problems(static o => (o.Size, o.MinReady, o.Recycle.MaxConcurrent) = (-1, 1, 1)));

    [Theory]
    [InlineData("text")]
    [InlineData("4")]
    [InlineData("A.b-c_9")]
    [InlineData("x234567890123456789012345678901234567890123456789012345678901234")]
    public void Check_plain_name_is_valid(string name) => Assert.Empty(Problems(static _ => { }, name));

    [Theory]
    [InlineData("")]
    [InlineData("-x")]
    [InlineData("a/b")]
    [InlineData("a b")]
    [InlineData("text\n")]
    [InlineData("größe")]
    [InlineData("x2345678901234567890123456789012345678901234567890123456789012345")]
    public void Check_other_name_is_a_problem(string name) =>
        Assert.Contains("the name must have 1 to 64 letters", Assert.Single(Problems(static _ => { }, name)), StringComparison.Ordinal);

    private static List<string> Problems(Action<PoolOptions> change, string pool = "text")
    {
        List<string> problems = [];
        PoolOptionsValidator.Check(pool, Changed(change), problems);
        return problems;
    }

    /// <summary>Some of them are.</summary>
    private static IEnumerable<PoolOptions> OutOfRange(Option<PoolOptions> option)
    {
        if (option.Read(new PoolOptions()) is Enum)
        {
            return Violations.Select(static row => Changed(row.Data.Item2)); // no text stands for a value that there is not
        }
        string[] texts = ["-1", "0", "2", "0s", "50d", "-1s", "1B"];
        return texts.Select(text => Changed(options =>
        {
            IConfigurationRoot root = new ConfigurationBuilder().AddInMemoryCollection([new($"Pool:{option.Key}", text)]).Build();
            PoolOptionTable.Table.Bind(root.GetSection("Pool"), options, []);
        }));
    }

    private static PoolOptions Changed(Action<PoolOptions> change)
    {
        PoolOptions options = new() { Adapter = "adapters/text.py", Size = 4 };
        change(options);
        return options;
    }

    [GeneratedRegex(@"\b[A-Z]\w+\.[A-Z]\w+")]
    private static partial Regex SettingPath();
}
