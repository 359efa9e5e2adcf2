using Microsoft.Extensions.Configuration;
using Snakepit.IntegrationTests.Fixture;

namespace Snakepit.IntegrationTests;

/// <summary>Settings that change while real workers run.</summary>
[Trait("Rule", "L10")]
public sealed class ReloadTests : IntegrationTest
{
    private const string Code = "thread_safe = True\ndef add(a, b): return a + b\ndef version(): return {0}\n";
    private readonly TemporaryFolder _folder = new();

    public ReloadTests() => Own(_folder);

    [Fact(Timeout = Bound)]
    public async Task Settings_of_starts_change_one_after_another_and_no_call_fails()
    {
        string second = Write("second.py", 2);
        Action<PoolOptions> change = static _ => { };
        Rig rig = await StartAsync(Write("first.py", 1), pool =>
        {
            (pool.Size, pool.Restart.Jitter) = (2, 0);
            change(pool);
        });
        await rig.Pool.WaitUntilReadyAsync(2, Cancellation);
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        Task<int>[] callers = [CallUntilAsync(rig, ends.Token), CallUntilAsync(rig, ends.Token)];

        Action<PoolOptions>[] changes =
        [
            pool => pool.Adapter = second,
            static pool => pool.Python.Variables["OTHER"] = "1",
            static pool => (pool.Profile, pool.ThreadsPerWorker) = (WorkerProfile.Thread, 4),
            static pool => (pool.Size, pool.Spares) = (3, 1),
            static pool => pool.Values.Codec = ValueCodec.Json,
            static pool => pool.Recycle.MaxRequests = 20,
            static _ => { },
        ];
        foreach (Action<PoolOptions> next in changes)
        {
            change = next;
            ReloadReport report = await rig.Runtime.ReloadAsync(Cancellation);
            Assert.NotEmpty(report.Changes);
            Assert.Empty(report.Kept);
            await rig.AssertServesAsync();
        }
        await ends.CancelAsync();

        Assert.All(await Task.WhenAll(callers), static calls => Assert.InRange(calls, 1, int.MaxValue));
        await rig.DisposeAsync(); // all events have been told then
        Assert.All(rig.Seen<WorkerRecycledEvent>(), static recycled => Assert.Equal(0, recycled.FailedCalls));
        Assert.Equal(changes.Length, rig.Seen<PoolReconfiguredEvent>().Count());
        Assert.Empty(rig.Seen<StartFailedEvent>());
    }

    [Fact(Timeout = Bound)]
    public async Task Adapter_that_does_not_load_is_tried_once_and_the_old_workers_stay()
    {
        string adapter = Write("first.py", 1);
        string broken = _folder.Write("broken.py", "import no_such_module\n");
        string now = adapter;
        Rig rig = await StartAsync(adapter, pool => (pool.Adapter, pool.Size, pool.Restart.Jitter) = (now, 2, 0));
        await rig.Pool.WaitUntilReadyAsync(2, Cancellation);
        now = broken;

        ReloadReport report = await rig.Runtime.ReloadAsync(Cancellation);

        Assert.Contains("no_such_module", report.Kept[Rig.OnlyPool].Message, StringComparison.Ordinal);
        Assert.Equal(1, await rig.CallAsync<int>("version"));
        Assert.Equal(adapter, rig.Pool.GetSnapshot().Options["Adapter"]);
        await rig.NextAsync<ReconfigurationFailedEvent>();
        await rig.NextAsync<StartFailedEvent>();
        Assert.Single(rig.Seen<StartFailedEvent>());
        Assert.Empty(rig.Seen<WorkerRecycledEvent>());
        now = Write("second.py", 2);
        Assert.Empty((await rig.Runtime.ReloadAsync(Cancellation)).Kept);
        await rig.UntilAsync(static pool => pool.Lifecycle.RecyclesByReason.GetValueOrDefault(RecycleReason.ConfigurationChanged) == 2);
        Assert.Equal(2, await rig.CallAsync<int>("version"));
    }

    [Fact(Timeout = Bound)]
    public async Task Adapter_file_or_interpreter_that_does_not_exist_refuses_the_whole_reload()
    {
        string adapter = Write("first.py", 1);
        (string Adapter, string? Python, int Size) now = (adapter, null, 1);
        Rig rig = await StartAsync(adapter, pool =>
        {
            (pool.Adapter, pool.Size) = (now.Adapter, now.Size);
            pool.Python.Executable = now.Python ?? pool.Python.Executable;
        });

        now = (_folder["nowhere.py"], null, 3);
        await Assert.ThrowsAsync<AdapterLoadException>(() => rig.Runtime.ReloadAsync(Cancellation));
        now = (adapter, _folder["no_python"], 3);
        await Assert.ThrowsAsync<PythonNotFoundException>(() => rig.Runtime.ReloadAsync(Cancellation));

        Assert.Equal(1, rig.Pool.GetSnapshot().Size);
        await rig.AssertServesAsync();
    }

    [Fact(Timeout = Bound)]
    public async Task Edit_of_a_file_changes_a_pool()
    {
        string adapter = Write("first.py", 1);
        string file = _folder.Write("settings.json", Settings(adapter, 1, 1));
        IConfigurationRoot configuration =
            new ConfigurationBuilder().AddJsonFile(file, optional: false, reloadOnChange: true).Build();
        using var watch = (IDisposable)configuration;
        Rig rig = Own(Rig.Create((builder, mark) => builder.UseConfiguration(configuration.GetSection("Snakepit"))
            .AddPool(Rig.OnlyPool, mark).AddPool("other", mark)));
        await rig.StartAsync();
        Task<PoolReconfiguredEvent> changed = rig.NextAsync<PoolReconfiguredEvent>();

        File.WriteAllText(file, Settings(adapter, 2, 1));

        OptionChange change = Assert.Single((await changed).Changes);
        Assert.Equal((Rig.OnlyPool, "Size", "2"), (change.Pool, change.Option, change.NewValue));
        await rig.Pool.WaitUntilReadyAsync(2, Cancellation);
    }

    private static string Settings(string adapter, int size, int other) =>
        $$"""
        { "Snakepit": { "Defaults": { "Adapter": "{{adapter}}" },
          "Pools": { "it": { "Size": {{size}} }, "other": { "Size": {{other}} } } } }
        """;

    private static async Task<int> CallUntilAsync(Rig rig, CancellationToken ends)
    {
        int calls = 0;
        for (; !ends.IsCancellationRequested; calls++)
        {
            await rig.AssertServesAsync();
        }
        return calls;
    }

    private string Write(string name, int version) => _folder.Write(name, Code.Replace("{0}", $"{version}", StringComparison.Ordinal));
}
