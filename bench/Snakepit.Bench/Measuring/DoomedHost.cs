using System.Diagnostics;
using System.Globalization;
using Snakepit.Processes;

namespace Snakepit.Bench.Measuring;

/// <summary>A host in a process of its own that the bench kills, seen from outside.</summary>
internal sealed class DoomedHost : IDisposable
{
    public const string Command = "doomed-host";
    public const int Workers = 32;
    public const int Rounds = 6; // every start method at every moment
    public const int Sibling = Rounds;

    private const string Record = "SNAKEPIT_BENCH_RECORD";
    private const string Hang = "SNAKEPIT_BENCH_HANG";
    private const string Ready = "ready";
    private const int SiblingWorkers = 2;
    private const int BootingAtOnce = 2;
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(5);

    private readonly Process _process;
    private readonly string _record;

    private DoomedHost(Process process, string record, string mark)
    {
        _process = process;
        _record = record;
        Mark = mark;
    }

    /// <summary>The mark in the environment of the host and of everything below it.</summary>
    public string Mark { get; }

    public int Pid => _process.Id;

    /// <param name="python">The interpreter.</param>
    /// <param name="kind">
    /// An even number for spawned workers, an odd one for forked workers. Half of it is the moment: serving, booting, being replaced.
    /// <see cref="Sibling"/> stands for a host beside the others.
    /// </param>
    /// <param name="session">The folder for sessions; null for that of this process.</param>
    public static async Task<DoomedHost> StartAsync(string python, int kind, string? session = null)
    {
        string record = Path.GetTempFileName();
        string mark = $"SNAKEPIT_BENCH_MARK={RunMark.NewRun()}";
        Dictionary<string, string> environment = new() { [Record] = record, [mark.Split('=')[0]] = mark.Split('=')[1] };
        if (session is not null)
        {
            environment["XDG_RUNTIME_DIR"] = session;
        }
        Process process = BenchProcess.Start(environment, Command, kind.ToString(CultureInfo.InvariantCulture), "--python", python);
        var host = new DoomedHost(process, record, mark);
        if (await process.StandardOutput.ReadLineAsync() is not Ready and var said)
        {
            host.Dispose();
            throw new InvalidRunException($"The host that is to be killed said '{said ?? "nothing"}'.");
        }
        return host;
    }

    public void Kill() => _process.Kill();

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        File.Delete(_record);
    }

    /// <summary>Runs the host: reaches its state, reports it, and waits.</summary>
    public static Task ServeAsync(string python, int kind) => Task.WhenAny(
        Task.Run(Console.In.ReadToEnd), // ends with the bench
        (kind, kind / 2) switch
        {
            (Sibling, _) => ServeAsync(python, SiblingWorkers, StartMethod.Spawn),
            (_, 0) => ServeAsync(python, Workers, MethodOf(kind)),
            (_, 1) => BootAsync(python, MethodOf(kind)),
            _ => ReplaceAsync(python, MethodOf(kind)),
        });

    private static StartMethod MethodOf(int kind) => kind % 2 == 0 ? StartMethod.Spawn : StartMethod.Zygote;

    /// <summary>Runs a host. A third of its workers is idle, a third loops, and a third holds the GIL in C and has descendants.</summary>
    private static async Task ServeAsync(string python, int workers, StartMethod method)
    {
        await using BenchPool pool = await StartAsync(python, workers, method);
        int third = workers / 3;
        Task[] busy = [.. Enumerable.Range(0, 2 * third).Select(i => pool.Workers.ExecuteAsync(i % 2 == 0 ? "spin" : "hold").AsTask())];
        while (new FileInfo(Environment.GetEnvironmentVariable(Record)!).Length < busy.Length)
        {
            await Task.Delay(s_pause);
        }
        Console.WriteLine(Ready);
        await Task.Delay(Timeout.Infinite);
    }

    private static async Task BootAsync(string python, StartMethod method)
    {
        var builder = new SnakepitRuntimeBuilder();
        builder.Options.StartPolicy = StartPolicy.Background;
        builder.AddPool("bench", pool =>
        {
            Configure(pool, python, method);
            pool.Size = Workers;
            pool.Python.Variables[Hang] = "1";
        });
        await using SnakepitRuntime runtime = builder.CreateRuntime();
        IAsyncEnumerable<LifecycleEvent> events = runtime.WatchAsync();
        await runtime.StartAsync(CancellationToken.None);
        int started = 0;
        await foreach (LifecycleEvent happened in events)
        {
            if (happened is WorkerStartedEvent && ++started == BootingAtOnce)
            {
                Console.WriteLine(Ready);
            }
        }
    }

    private static async Task ReplaceAsync(string python, StartMethod method)
    {
        await using BenchPool pool = await StartAsync(python, Workers, method);
        Console.WriteLine(Ready);
        while (true)
        {
            await pool.Workers.RecycleAsync();
        }
    }

    private static Task<BenchPool> StartAsync(string python, int workers, StartMethod method) =>
        BenchPool.StartAsync(python, workers, CancellationToken.None, pool => Configure(pool, python, method));

    private static void Configure(PoolOptions pool, string python, StartMethod method)
    {
        pool.Adapter = BenchFiles.DeathTools;
        pool.Python.Executable = python;
        pool.Start.Method = method;
    }
}
