using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;
using Snakepit.IntegrationTests.Fixture;
using Snakepit.Processes.Interop.Linux;

namespace Snakepit.IntegrationTests;

/// <summary>The scenarios of this program as a host in a process of its own.</summary>
internal static class HostScenarios
{
    public const string Switch = "--host";

    /// <summary>Three workers, one in a pure Python loop, with descendants in and out of their groups. The host waits for a kill.</summary>
    public const string Busy = "busy";

    /// <summary>As <see cref="Busy"/>, with workers that were forked from a zygote.</summary>
    public const string BusyForked = "busy-forked";

    /// <summary>As <see cref="Busy"/>, with workers on standard streams and without descendants that leave their group.</summary>
    public const string BusyStandard = "busy-standard";

    /// <summary>Two workers that never become ready.</summary>
    public const string Booting = "booting";

    /// <summary>As <see cref="Booting"/>, with 32 workers at a time.</summary>
    public const string BootingMany = "booting-32";

    /// <summary>A worker takes more memory than there is. The host reports its end and calls the next worker.</summary>
    public const string Starving = "starving";

    /// <summary>A worker runs C code that holds the GIL.</summary>
    public const string Holding = "holding";

    /// <summary>Workers are forked and replaced without end.</summary>
    public const string Forking = "forking";

    /// <summary>A replaced worker drains and does not end.</summary>
    public const string Draining = "draining";

    /// <summary>The runtime is being stopped and waits for a call.</summary>
    public const string Stopping = "stopping";

    /// <summary>A pool whose size follows the name, and one call.</summary>
    public const string Pool = "pool-";

    /// <summary>A pool whose size follows the name, and repeated bursts of quick calls.</summary>
    public const string Burst = "burst-";

    /// <summary>Many pipes, which make new ones small, then a pool of one worker and a call.</summary>
    public const string Pipes = "pipes";

    /// <summary>A worker dies while no descriptor is left, and again when there are enough descriptors.</summary>
    public const string Exhausted = "exhausted";

    /// <summary>
    /// No thread of the thread pool is free while one call exceeds its time and another its memory. The host writes the process ids of
    /// their workers, begins the calls at the first byte that it reads, and frees the threads when its input ends.
    /// </summary>
    public const string PoolStuck = "pool-stuck";

    /// <summary>See <see cref="StuckMethods"/>.</summary>
    public const string MethodsStuck = "methods-stuck";

    /// <summary>A host application in the state that follows the name; see <see cref="HostedApplication"/>.</summary>
    public const string Hosted = "hosted-";

    /// <summary>A script of the kind that follows the name; see <see cref="ScriptProgram"/>.</summary>
    public const string Script = "script-";

    /// <summary>An examination of a pool of 100 workers.</summary>
    public const string Doctor = "doctor";

    /// <summary>The preparation of an environment for the project that <see cref="PreparedProject"/> names.</summary>
    public const string Preparing = "preparing";

    public const string PreparedProject = "SNAKEPIT_TEST_PROJECT";

    // This is the descriptor from the start of the process; Console would open others.
    private static readonly TextWriter s_output = TextWriter.Synchronized(
        new StreamWriter(new FileStream(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write)) { AutoFlush = true });

    public static async Task<int> RunAsync(string scenario)
    {
        if (scenario.StartsWith(Script, StringComparison.Ordinal))
        {
            return await ScriptProgram.RunAsync(scenario[Script.Length..], s_output);
        }
        try
        {
            await (scenario switch
            {
                Busy or BusyForked or BusyStandard => BusyAsync(scenario),
                Booting => BootingAsync(Booting, 2),
                BootingMany => BootingAsync(BootingMany, 32),
                Starving => StarvingAsync(),
                Holding or Forking or Draining or Stopping => OccupiedAsync(scenario),
                Exhausted => ExhaustedAsync(),
                Pipes => PipesAsync(),
                PoolStuck => PoolStuckAsync(),
                Doctor => DoctorAsync(),
                Preparing => PythonEnvironment.PrepareAsync(
                    new PythonOptions { Project = Environment.GetEnvironmentVariable(PreparedProject) }),
                MethodsStuck => StuckMethods.RunAsync(s_output),
                _ when scenario.StartsWith(Hosted, StringComparison.Ordinal) =>
                    HostedApplication.RunAsync(scenario[Hosted.Length..], s_output),
                _ when scenario.StartsWith(Burst, StringComparison.Ordinal) =>
                    BurstAsync(int.Parse(scenario[Burst.Length..], CultureInfo.InvariantCulture)),
                _ => PoolAsync(int.Parse(scenario[Pool.Length..], CultureInfo.InvariantCulture)),
            });
            return 0;
        }
        catch (Exception e)
        {
            await s_output.WriteLineAsync($"{e.GetType().Name}: {e.Message}");
            return 1;
        }
    }

    private const int PoolThreads = 16;
    private const int UnprovenStarts = 4; // a pool without a worker that was ever ready starts no more at once

    private static async Task BusyAsync(string scenario)
    {
        bool isForked = scenario == BusyForked;
        var begun = new TaskCompletionSource();
        await using SnakepitRuntime runtime = await SnakepitRuntime.StartAsync(s =>
        {
            s.UsesStandardStreams = scenario == BusyStandard;
            s.LoggerFactory = new LoggerFactory([new Listener("begun spin", begun)], new LoggerFilterOptions { MinLevel = LogLevel.Trace });
            s.AddPool("it", p =>
            {
                (p.Adapter, p.Size, p.Transport.Portable) = (Rig.Adapter("load.py"), 3, TransportMode.IsPortable && !isForked);
                p.Start.Method = isForked ? StartMethod.Zygote : StartMethod.Spawn;
            });
        });
        await runtime.GetPool("it").WaitUntilReadyAsync(3);
        await runtime.ExecuteAsync<int>("grandchild", ToolArguments.Positional(false));
        if (scenario != BusyStandard)
        {
            await runtime.ExecuteAsync<int>("grandchild", ToolArguments.Positional(true));
            await runtime.ExecuteAsync<int>("deaf_grandchild");
        }
        Task spinning = runtime.ExecuteAsync("spin").AsTask();
        await begun.Task;
        await s_output.WriteLineAsync(scenario);
        await spinning;
    }

    private static async Task DoctorAsync() => await s_output.WriteLineAsync((await SnakepitDoctor.ExaminePoolAsync(
            new PoolOptions { Adapter = Rig.Adapter("tools.py"), Size = 100 })).ToString());

    private static async Task StarvingAsync()
    {
        await using SnakepitRuntime runtime = await SnakepitRuntime.StartAsync(static s => s.AddPool("it", static p =>
        {
            (p.Adapter, p.Size, p.Queue.Timeout) = (Rig.Adapter("deaths.py"), 1, TimeSpan.FromSeconds(50));
            p.Transport.Portable = TransportMode.IsPortable;
        }));
        WorkerLostException lost = await Assert.ThrowsAsync<WorkerLostException>(
            () => runtime.ExecuteAsync("take_memory", ToolArguments.Positional(8_192)).AsTask());
        await s_output.WriteLineAsync($"{lost.Report!.Cause}: {lost.Report.Description}");
        await s_output.WriteLineAsync($"{await runtime.ExecuteAsync<int>("add", ToolArguments.Positional(40, 2))}");
    }

    private static async Task PoolStuckAsync()
    {
        await using SnakepitRuntime runtime = await SnakepitRuntime.StartAsync(static s => s.AddPool("it", static p =>
        {
            (p.Adapter, p.Size, p.MinReady, p.Transport.Portable) = (Rig.Adapter("deaths.py"), 2, 2, TransportMode.IsPortable);
            (p.Call.CancelGrace, p.Memory.HardLimit) = (TimeSpan.FromMilliseconds(100), MemorySize.FromMiB(200));
        }));
        await runtime.GetPool("it").WaitUntilReadyAsync(2);
        var calls = new TaskCompletionSource<Task<CallResult<object?>>[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() => calls.SetResult(CallWithPoolStuck(runtime.GetPool("it")))).Start();
        foreach (CallResult<object?> outcome in await Task.WhenAll(await calls.Task))
        {
            await s_output.WriteLineAsync($"{outcome.Outcome}");
        }
    }

    /// <summary>Begins the calls with a blocked thread pool. Run it on a thread outside the thread pool.</summary>
    private static Task<CallResult<object?>>[] CallWithPoolStuck(IWorkerPool pool)
    {
        using var input = new FileStream(new SafeFileHandle(0, ownsHandle: false), FileAccess.Read);
        using var stuck = new StuckThreadPool();
        s_output.WriteLine(string.Join(' ', pool.GetSnapshot().Workers.Select(static worker => worker.Pid)));
        input.ReadByte(); // the test watches for the ends of the workers now
        var soon = new ToolCallOptions { Timeout = TimeSpan.FromMilliseconds(100) };
        Task<CallResult<object?>>[] calls =
        [
            pool.TryExecuteAsync<object?>("spin", options: soon).AsTask(),
            pool.TryExecuteAsync<object?>("take_memory", ToolArguments.Positional(400)).AsTask(),
        ];
        input.ReadByte(); // the workers have ended
        return calls;
    }

    private static async Task BootingAsync(string scenario, int size)
    {
        var builder = new SnakepitRuntimeBuilder();
        builder.Options.StartPolicy = StartPolicy.Background;
        builder.Options.MaxConcurrentStarts = size;
        for (int rest = size; rest > 0; rest -= UnprovenStarts)
        {
            int own = Math.Min(rest, UnprovenStarts);
            builder.AddPool($"it-{rest}", p =>
            {
                (p.Adapter, p.Size, p.Start.MaxConcurrent) = (Rig.Adapter("Broken/hangs_in_setup.py"), own, own);
                p.Transport.Portable = TransportMode.IsPortable;
            });
        }
        await using SnakepitRuntime runtime = builder.CreateRuntime();
        IAsyncEnumerable<LifecycleEvent> events = runtime.WatchAsync();
        await runtime.StartAsync(CancellationToken.None);
        int started = 0;
        await foreach (LifecycleEvent happened in events)
        {
            if (happened is WorkerStartedEvent && ++started == size)
            {
                await s_output.WriteLineAsync(scenario);
            }
        }
    }

    private static async Task OccupiedAsync(string scenario)
    {
        var begun = new TaskCompletionSource();
        var builder = new SnakepitRuntimeBuilder
        {
            LoggerFactory = new LoggerFactory([new Listener("begun spin", begun)], new LoggerFilterOptions { MinLevel = LogLevel.Trace }),
        };
        builder.AddPool("it", p =>
        {
            (p.Adapter, p.Size, p.MinReady) = (Rig.Adapter("load.py"), 2, 2);
            p.Start.Method = scenario == Forking ? StartMethod.Zygote : StartMethod.Spawn;
        });
        SnakepitRuntime runtime = builder.CreateRuntime();
        await using IAsyncEnumerator<LifecycleEvent> events = runtime.WatchAsync().GetAsyncEnumerator();
        await runtime.StartAsync(CancellationToken.None);
        Task call = scenario == Forking
            ? Task.CompletedTask
            : runtime.ExecuteAsync(scenario == Holding ? "hold_interpreter" : "spin").AsTask();
        await (scenario == Forking ? Task.CompletedTask : begun.Task);
        Task ending = scenario switch
        {
            Draining => runtime.GetPool("it").RecycleAsync(),
            Stopping => runtime.DisposeAsync().AsTask(),
            _ => Task.CompletedTask,
        };
        if (scenario == Draining)
        {
            await NextAsync(events, static happened => happened is WorkerDrainingEvent);
        }
        await s_output.WriteLineAsync(scenario);
        while (scenario == Forking)
        {
            await runtime.GetPool("it").RecycleAsync();
        }
        await Task.WhenAll(call, ending);
    }

    private static async Task BurstAsync(int size)
    {
        const int Rounds = 50;
        const int Calls = 64;
        using var warnings = new LoggerFactory([new Listener(s_output)], new LoggerFilterOptions { MinLevel = LogLevel.Warning });
        await using SnakepitRuntime runtime = await SnakepitRuntime.StartAsync(s =>
        {
            s.LoggerFactory = warnings;
            s.AddPool("it", p => (p.Adapter, p.Size) = (Rig.Adapter("pipelining.py"), size));
        });
        for (int round = 0; round < Rounds; round++)
        {
            int[] sums = await Task.WhenAll(Enumerable.Range(0, Calls)
                .Select(i => runtime.ExecuteAsync<int>("add", ToolArguments.Positional(i, round)).AsTask()));
            Assert.Equal(Enumerable.Range(round, Calls), sums);
        }
        await s_output.WriteLineAsync("served");
    }

    private static async Task PoolAsync(int size)
    {
        using var warnings = new LoggerFactory([new Listener(s_output)], new LoggerFilterOptions { MinLevel = LogLevel.Warning });
        await using SnakepitRuntime runtime = await SnakepitRuntime.StartAsync(s =>
        {
            s.LoggerFactory = warnings;
            s.AddPool("it", p => (p.Adapter, p.Size, p.MinReady, p.Transport.Portable) =
                (Rig.Adapter("tools.py"), size, size, TransportMode.IsPortable));
        });
        await s_output.WriteLineAsync($"{await runtime.ExecuteAsync<int>("add", ToolArguments.Positional(40, 2))}");
    }

    private static async Task PipesAsync()
    {
        const int SetPipeSize = 1031;
        const int Largest = 1 << 20;
        const int Full = 1 << 16;
        const int Enough = 200;
        var taken = new List<Descriptor>();
        do
        {
            (Descriptor read, Descriptor write) = Descriptor.CreatePipe();
            taken.AddRange([read, write]);
            if (read.PipeSize() < Full)
            {
                break;
            }
            _ = Libc.fcntl(read.Number, SetPipeSize, Largest); // the kernel refuses when little is left
        }
        while (taken.Count < 2 * Enough);
        await PoolAsync(1);
        taken.ForEach(static descriptor => descriptor.Dispose());
    }

    private static void LoadAll(Assembly assembly, HashSet<string> known)
    {
        foreach (AssemblyName name in assembly.GetReferencedAssemblies().Where(name => known.Add(name.FullName)))
        {
            LoadAll(Assembly.Load(name), known);
        }
    }

    /// <summary>Makes the thread pool start all of the threads that it may have.</summary>
    private static async Task StartThreadPoolAsync(int threads)
    {
        ThreadPool.SetMinThreads(threads, 1);
        ThreadPool.SetMaxThreads(threads, 1);
        using var all = new Barrier(threads);
        await Task.WhenAll(Enumerable.Range(0, threads).Select(_ => Task.Run(() => all.SignalAndWait())));
        await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System); // its timers have a thread as well
    }

    private static async Task ExhaustedAsync()
    {
        var builder = new SnakepitRuntimeBuilder();
        builder.AddPool("it", static p =>
        {
            (p.Adapter, p.Size, p.Queue.Timeout) = (Rig.Adapter("load.py"), 1, TimeSpan.FromSeconds(50));
            p.Transport.Portable = TransportMode.IsPortable;
            (p.Restart.InitialBackoff, p.Restart.MaxBackoff) = (TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(50));
        });
        await using SnakepitRuntime runtime = builder.CreateRuntime();
        await using IAsyncEnumerator<LifecycleEvent> events = runtime.WatchAsync().GetAsyncEnumerator();
        await runtime.StartAsync(CancellationToken.None);
        await NextAsync(events, static happened => happened is WorkerReadyEvent);
        int pid = await runtime.ExecuteAsync<int>("pid");

        // All descriptors but a few are taken, so that each start fails in another of its many steps. More are left at first, because .NET
        // opens files on the way too. It opens none for assemblies, which are loaded here, nor for threads of its pool, which are started
        // here.
        LoadAll(typeof(SnakepitRuntime).Assembly, []);
        await StartThreadPoolAsync(PoolThreads);
        var taken = new Stack<FileStream>();
        for (int left = 40; left >= 0; left -= left > 14 ? 13 : 1)
        {
            using var victim = new Pidfd(pid);
            TakeAll(taken);
            for (int i = 0; i < left; i++)
            {
                taken.Pop().Dispose();
            }
            victim.Kill();
            await NextAsync(events, static happened => happened is WorkerCrashedEvent);
            LifecycleEvent started = await NextAsync(events, static happened => happened is StartFailedEvent or WorkerReadyEvent);
            while (taken.TryPop(out FileStream? one))
            {
                await one.DisposeAsync();
            }
            LifecycleEvent ready = started as WorkerReadyEvent
                ?? await NextAsync(events, static happened => happened is WorkerReadyEvent);
            pid = ((WorkerReadyEvent)ready).Pid;
        }

        // The descriptors of a dead worker may be enough for the next worker. One more worker has too few, even if an assembly needs some
        // meanwhile.
        TakeAll(taken);
        for (int i = 0; i < 5; i++)
        {
            await taken.Pop().DisposeAsync();
        }
        Task resized = runtime.GetPool("it").ResizeAsync(2);
        await NextAsync(events, static happened => happened is StartFailedEvent);
        await s_output.WriteLineAsync("start failed");
        while (taken.TryPop(out FileStream? one))
        {
            await one.DisposeAsync();
        }
        await resized;
        await runtime.GetPool("it").ResizeAsync(1);
        pid = await runtime.ExecuteAsync<int>("pid");
        await s_output.WriteLineAsync(await runtime.ExecuteAsync<int>("pid") == pid ? "recovered" : "not recovered");
    }

    private static async Task<LifecycleEvent> NextAsync(IAsyncEnumerator<LifecycleEvent> events, Func<LifecycleEvent, bool> wanted)
    {
        while (await events.MoveNextAsync())
        {
            if (wanted(events.Current))
            {
                return events.Current;
            }
        }
        throw new EndOfStreamException("The runtime has ended.");
    }

    private static void TakeAll(Stack<FileStream> taken)
    {
        try
        {
            while (true)
            {
                taken.Push(new FileStream("/dev/null", FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0));
            }
        }
        catch (IOException)
        {
            // All descriptors are taken.
        }
    }

    /// <summary>Logs to a writer, or completes a signal when a text is logged.</summary>
    internal sealed class Listener : ILoggerProvider, ILogger
    {
        private readonly Action<string> _heard;

        public Listener(string text, TaskCompletionSource signal) => _heard = line =>
        {
            if (line.EndsWith(text, StringComparison.Ordinal))
            {
                signal.TrySetResult();
            }
        };

        public Listener(TextWriter writer) => _heard = writer.WriteLine;

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            _heard(formatter(state, exception));

        public void Dispose()
        {
        }
    }
}
