using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Snakepit.IntegrationTests.Fixture;

namespace Snakepit.IntegrationTests;

/// <summary>Tests functions of the host that Python calls.</summary>
public sealed class HostToolTests : IntegrationTest
{
    [Fact(Timeout = Bound)]
    public async Task Arguments_and_results_travel_by_position_and_by_name()
    {
        Rig rig = await StartAsync(static tools => tools
            .Add("lookup", (string key, CancellationToken _) => key.Length)
            .Add("both", (int a, string b = "none", params int[] rest) => $"{a} {b} {rest?.Length}")
            .Add("later", async (DateTimeOffset at) =>
            {
                await Task.Yield();
                return at.AddDays(1);
            })
            .Add("nothing", () => { })
            .Add("raw", static (call, _) => new ValueTask<object?>(call.Get<int>(0) + call.Get<int>("more"))));

        Assert.Equal(3, await rig.CallAsync<int>("lookup", "abc"));
        Assert.Equal("1 none 0", await rig.CallAsync<string>("ask", "both", 1, "none", Array.Empty<int>()));
        Assert.Equal(
            new DateTimeOffset(2026, 1, 2, 0, 0, 0, TimeSpan.Zero),
            await rig.CallAsync<DateTimeOffset>("ask_async", "later", new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero)));
        Assert.Null(await rig.CallAsync<object?>("ask", "nothing"));
        Assert.Equal(42, await rig.Pool.ExecuteAsync<int>(
            "ask", ToolArguments.Positional("raw", 40).AndNamed(("more", 2)), null, Cancellation));
    }

    [Fact(Timeout = Bound)]
    public async Task A_host_tool_knows_who_calls_it()
    {
        Rig rig = await StartAsync(static tools => tools.Add("who", static (HostToolCall call) =>
            $"{call.Tool} {call.Worker} {call.Caller} {call.Session} {call.Remaining > TimeSpan.Zero}"));

        Assert.Equal("who it/0#1 ask  True", await rig.CallAsync<string>("ask", "who"));
        Assert.Equal("who it/0#1 ask s-1 True", await rig.Pool.GetSession("s-1").ExecuteAsync<string>(
            "ask", ToolArguments.Positional("who"), null, Cancellation));
    }

    [Fact(Timeout = Bound)]
    public async Task Tasks_ask_at_once_and_streams_between_items()
    {
        Rig rig = await StartAsync(static tools => tools.Add("double", (int x) => 2 * x));

        Assert.Equal(Enumerable.Range(0, 50).Select(static i => 2 * i), await rig.CallAsync<List<int>>("ask_at_once", 50));
        Assert.Equal(
            [0, 2, 4],
            await rig.Pool.StreamAsync<int>("double_all", ToolArguments.Positional(3), null, Cancellation).ToListAsync(Cancellation));
        Assert.Contains("another thread", await rig.CallAsync<string>("from_a_thread"), StringComparison.Ordinal);
    }

    [Fact(Timeout = Bound)]
    public async Task Mistakes_and_exceptions_are_errors_in_python()
    {
        Rig rig = await StartAsync(static tools => tools
            .Add("lookup", "Finds things.", string (string key) => throw new KeyNotFoundException($"no {key}"))
            .Add("cycle", () => new Cycle()));

        Assert.Equal(["KeyNotFoundException", "no x", ""], await rig.CallAsync<string[]>("failure", "lookup", "x"));
        string[] unknown = await rig.CallAsync<string[]>("failure", "lokup", "x");
        Assert.Contains("Did you mean 'lookup'?", unknown[1], StringComparison.Ordinal);
        string[] misfit = await rig.CallAsync<string[]>("failure", "lookup");
        Assert.Contains("lookup() needs the argument 'key'", misfit[1], StringComparison.Ordinal);
        Assert.Contains("2 were given", (await rig.CallAsync<string[]>("failure", "lookup", "x", 1))[1], StringComparison.Ordinal);
        Assert.Contains("Argument '0'", (await rig.CallAsync<string[]>("failure", "lookup", 1))[1], StringComparison.Ordinal);
        Assert.NotEqual("", (await rig.CallAsync<string[]>("failure", "cycle"))[1]);
        Assert.Equal("Finds things.", (await rig.CallAsync<Dictionary<string, string>>("names"))["lookup"]);
        ToolException error = await Assert.ThrowsAsync<ToolException>(() => rig.CallAsync<int>("lookup", "x"));
        Assert.True(error.Error.Is("HostToolError"));
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L5")]
    public async Task A_caller_that_gives_up_cancels_the_host_tool_and_frees_the_worker()
    {
        var cancelled = new TaskCompletionSource();
        var begun = new TaskCompletionSource();
        Rig rig = await StartAsync(tools => tools.Add("hold", async (CancellationToken ct) =>
        {
            begun.TrySetResult();
            await new TaskCompletionSource().Task.WaitAsync(ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancelled.SetResult();
        }));
        int pid = await rig.CallAsync<int>("pid");
        using var source = new CancellationTokenSource();

        ValueTask call = rig.Pool.ExecuteAsync("ask", ToolArguments.Positional("hold"), null, source.Token);
        await begun.Task;
        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await call);
        await cancelled.Task;
        Assert.Equal(pid, await rig.CallAsync<int>("pid"));
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L3")]
    public async Task A_worker_that_dies_cancels_its_host_tools()
    {
        var cancelled = new TaskCompletionSource();
        var begun = new TaskCompletionSource();
        Rig rig = await StartAsync(tools => tools.Add("hold", async (CancellationToken ct) =>
        {
            begun.SetResult();
            await new TaskCompletionSource().Task.WaitAsync(ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancelled.SetResult();
        }));

        Gate gate = NewGate();

        Task<int> call = rig.CallAsync<int>("die_asking", gate.Path);
        await begun.Task;
        gate.Release();

        await Assert.ThrowsAsync<WorkerLostException>(() => call);
        await cancelled.Task;
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "P8")]
    public async Task Nested_calls_run_while_a_worker_is_free_and_fail_at_once_when_none_can_be()
    {
        IWorkerPool? pool = null;
        Rig rig = await StartAsync(
            tools => tools.Add("nest", (int depth, CancellationToken ct) =>
                pool!.ExecuteAsync<int>("nest", ToolArguments.Positional(depth), null, ct).AsTask()),
            static p => p.Size = 3);
        pool = rig.Pool;

        Assert.Equal(2, await rig.CallAsync<int>("nest", 2));
        ToolException error = await Assert.ThrowsAsync<ToolException>(() => rig.CallAsync<int>("nest", 5));
        Assert.Contains("NestedCallDeadlockException", error.Message, StringComparison.Ordinal);
        Assert.Contains("it.nest → it.nest → it.nest", error.Message, StringComparison.Ordinal);
        Assert.Equal(2, await rig.CallAsync<int>("nest", 2));
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "P8")]
    public async Task Chains_that_hold_each_others_workers_do_not_hang()
    {
        IWorkerPool? pool = null;
        Rig rig = await StartAsync(
            tools => tools.Add("nest", (int depth, CancellationToken ct) =>
                pool!.ExecuteAsync<int>("nest", ToolArguments.Positional(depth), null, ct).AsTask()),
            static p => (p.Size, p.Queue.Timeout) = (4, TimeSpan.FromSeconds(30)));
        pool = rig.Pool;
        var outcomes = new ConcurrentBag<bool>();

        await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            for (int i = 0; i < 50; i++)
            {
                CallResult<int> result = await pool.TryExecuteAsync<int>("nest", ToolArguments.Positional(2), null, Cancellation);
                bool isDeadlock = !result.Succeeded && result.Error.Message.Contains("NestedCallDeadlock", StringComparison.Ordinal);
                Assert.True(result.Succeeded || isDeadlock, result.Error?.Message);
                outcomes.Add(result.Succeeded);
            }
        }));

        Assert.Contains(true, outcomes);
        Assert.Equal(2, await rig.CallAsync<int>("nest", 2));
    }

    [Fact(Timeout = Bound)]
    public async Task Methods_of_a_service_are_host_tools_with_a_scope_for_each_call()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddScoped<Greeting>();
        builder.Services.AddSnakepit().AddPool("it", static p =>
        {
            p.Adapter = Rig.Adapter("host_tools.py");
            p.Size = 1;
            p.Transport.Portable = TransportMode.IsPortable;
            p.Tools.AddFrom<Greeter>();
        });
        using IHost host = builder.Build();
        await host.StartAsync(Cancellation);
        IWorkerPool pool = host.Services.GetRequiredKeyedService<IWorkerPool>("it");

        Assert.Equal("hello Ada", await pool.ExecuteAsync<string>("ask", ToolArguments.Positional("greet", "Ada"), null, Cancellation));
        Assert.Equal(1, await pool.ExecuteAsync<int>("ask", ToolArguments.Positional("Uses"), null, Cancellation));
        Assert.Equal(1, await pool.ExecuteAsync<int>("ask", ToolArguments.Positional("Uses"), null, Cancellation));
        await host.StopAsync(Cancellation);
    }

    private async Task<Rig> StartAsync(Action<HostToolCollection> add, Action<PoolOptions>? configure = null) =>
        await StartAsync("host_tools.py", p =>
        {
            add(p.Tools);
            configure?.Invoke(p);
        });

    internal sealed class Greeting
    {
        public int Uses { get; set; }

        public string Text => "hello";
    }

    internal sealed class Greeter(Greeting greeting)
    {
        [HostTool(Name = "greet", Description = "Greets.")]
        public string Greet(string name) => $"{greeting.Text} {name}";

        [HostTool]
        internal int Uses() => ++greeting.Uses;
    }

    private sealed class Cycle
    {
        public Cycle Self => this;
    }
}
