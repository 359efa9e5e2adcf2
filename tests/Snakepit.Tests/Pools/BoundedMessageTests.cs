using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Time.Testing;
using Snakepit.Testing;

namespace Snakepit.Tests.Pools;

/// <summary>Messages, events and log lines stay short, whatever callers, tools and settings contain.</summary>
public sealed class BoundedMessageTests
{
    private const int LongMessage = 8_100; // an exception's message: 8,000 characters and the number of them
    private static readonly string s_long = new('x', 100_000);

    [Fact]
    public async Task Result_with_an_endless_key_is_told_by_the_beginning_of_the_key()
    {
        await using PoolFixture fixture = await StartAsync(new Dictionary<string, object?> { [s_long] = "x" });

        ToolResultException error = await Assert.ThrowsAsync<ToolResultException>(
            () => fixture.CallAsync<Dictionary<string, int>>("answer"));

        string key = new string('x', 99) + "…";
        Assert.Equal($"$.{key}", error.Path);
        Assert.EndsWith($", and at $.{key} a str where int is wanted.", error.Message, StringComparison.Ordinal);
        Assert.InRange(error.Message.Length, 1, 400);
        Assert.InRange(error.Received.Length, 1, 100);
        Assert.InRange(error.ToString().Length, 1, 5_000); // inner exceptions included
    }

    [Fact]
    public async Task Result_that_fails_deep_within_is_told_by_both_ends_of_the_path()
    {
        object? value = "x";
        for (int depth = 150; depth > 0; depth--)
        {
            value =
                new Dictionary<string, object?> { [string.Create(CultureInfo.InvariantCulture, $"{depth:000}_") + s_long[..50]] = value };
        }
        await using PoolFixture fixture = await StartAsync(value);

        ToolResultException error = await Assert.ThrowsAsync<ToolResultException>(() => fixture.CallAsync<Deep>("answer"));

        Assert.StartsWith("$.001_", error.Path, StringComparison.Ordinal);
        Assert.Contains("150_", error.Path, StringComparison.Ordinal);
        Assert.InRange(error.Path.Length, 900, 1_000);
        for (Exception? told = error; told is not null; told = told.InnerException)
        {
            Assert.InRange(told.Message.Length, 1, 2_500);
        }
    }

    [Fact]
    public async Task Text_that_is_no_name_of_an_enum_is_told_by_its_beginning()
    {
        await using PoolFixture fixture = await StartAsync(s_long);

        ToolResultException error = await Assert.ThrowsAsync<ToolResultException>(() => fixture.CallAsync<DayOfWeek>("answer"));

        Assert.Contains("…' is no name of DayOfWeek: it has Sunday, Monday", error.Message, StringComparison.Ordinal);
        Assert.InRange(error.Message.Length, 1, 600);
    }

    [Fact]
    public async Task What_the_type_refuses_with_an_endless_message_is_told_by_its_beginning()
    {
        await using PoolFixture fixture = await StartAsync(new Dictionary<string, object?> { ["size"] = 1 });

        ToolResultException error = await Assert.ThrowsAsync<ToolResultException>(() => fixture.CallAsync<Talkative>("answer"));

        Assert.Contains("The type refused a value with InvalidOperationException: xxx", error.Message, StringComparison.Ordinal);
        Assert.InRange(error.Message.Length, 1, 2_500);
    }

    [Fact]
    public async Task Argument_with_an_endless_name_is_told_by_its_beginning()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();

        ArgumentException unsendable = await Assert.ThrowsAsync<ArgumentException>(
            () => fixture.CallAsync("add", ToolArguments.Named((s_long, Task.CompletedTask))));
        ArgumentException within = await Assert.ThrowsAsync<ArgumentException>(
            () => fixture.CallAsync("add", ToolArguments.Named(("a", new Dictionary<string, object?> { [s_long] = Task.CompletedTask }))));
        ArgumentException duplicate = Assert.Throws<ArgumentException>(() => ToolArguments.Named((s_long, 1), (s_long, 2)));

        Assert.All([unsendable, within, duplicate], static error => Assert.InRange(error.Message.Length, 1, 2_500));
    }

    [Fact]
    public async Task Python_exception_with_an_endless_message_is_told_by_its_beginning()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        fixture.Workers.Add("fail", (ToolRequest _) => throw new FakeToolException(s_long, s_long));

        ToolException error = await Assert.ThrowsAsync<ToolException>(() => fixture.CallAsync("fail"));

        Assert.InRange(error.Message.Length, 1, 5_000);
        Assert.Equal(s_long, error.Error.Message); // the whole text
    }

    [Fact]
    public async Task Failed_start_with_an_endless_message_still_says_what_to_do()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync(
            static _ => throw new FakeToolException("ModuleNotFoundError", s_long) { Bases = ["ImportError", "Exception"] },
            static p => p.MinReady = 1);

        AdapterLoadException error = await Assert.ThrowsAsync<AdapterLoadException>(fixture.AddAsync);

        Assert.Contains("Correct Adapter or Python.PythonPath", error.Message, StringComparison.Ordinal);
        Assert.InRange(error.Message.Length, 1, LongMessage);
        Assert.All(fixture.Logs.GetSnapshot(), static log => Assert.InRange(log.Message.Length, 1, LongMessage));
    }

    [Fact]
    public async Task Policy_with_endless_words_is_told_by_their_beginning()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync(static p =>
        {
            p.Recycle.MinLifetime = TimeSpan.Zero;
            p.Recycle.AddPolicy(new Wordy());
        });

        await fixture.AddAsync();
        WorkerRecycledEvent recycled = await fixture.NextRecycledEventAsync();

        Assert.Equal(2_000, recycled.Detail!.Length);
        Assert.All(fixture.Logs.GetSnapshot(), static log => Assert.InRange(log.Message.Length, 1, 2_500));
    }

    [Fact]
    public async Task Health_check_with_an_endless_message_is_told_by_its_beginning()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync(
            static p => (p.Health.CheckTool, p.Health.CheckInterval) = ("check", TimeSpan.FromMinutes(1)));
        fixture.Workers.Add("check", (ToolRequest _) => throw new FakeToolException("OSError", s_long));

        fixture.Time.Advance(TimeSpan.FromMinutes(1));
        await fixture.NextRecycledAsync();

        Assert.InRange(Assert.Single(fixture.Told.OfType<HealthCheckFailedEvent>()).Detail.Length, 1_900, 2_000);
        Assert.All(fixture.Logs.GetSnapshot(), static log => Assert.InRange(log.Message.Length, 1, 2_500));
    }

    [Fact]
    public async Task Pool_with_an_endless_name_is_told_by_its_beginning()
    {
        await using SnakepitRuntime runtime = new SnakepitRuntimeBuilder { TimeProvider = new FakeTimeProvider() }
            .UseFakeWorkers(new FakeWorkers()).AddPool("text", static p => p.Size = 1).CreateRuntime();

        var unknown = Assert.Throws<SnakepitConfigurationException>(() => runtime.GetPool(s_long));
        var impossible = Assert.Throws<SnakepitConfigurationException>(
            () => new SnakepitRuntimeBuilder().AddPool(s_long, static _ => { }).CreateRuntime());

        Assert.EndsWith("…'. Pools: text.", unknown.Message, StringComparison.Ordinal);
        Assert.All([unknown, impossible], static error => Assert.InRange(error.Message.Length, 1, 500));
    }

    [Fact]
    public void Setting_with_an_endless_value_is_told_by_its_beginning()
    {
        IConfiguration configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Snakepit:StartPolicy"] = s_long,
            ["Snakepit:Pools:text:Adapter"] = s_long,
            [$"Snakepit:Pools:text:{s_long}"] = "1",
            ["Snakepit:Pools:text:Size"] = s_long,
            ["Snakepit:Pools:text:Call"] = s_long,
            ["Snakepit:Pools:text:Queue:WhenFull"] = s_long,
            ["Snakepit:Pools:text:Start:Preload:0"] = $"1{s_long}",
            ["Snakepit:Pools:text:Python:Executable"] = s_long,
            ["Snakepit:Pools:text:Python:Environment"] = s_long,
            [$"Snakepit:Pools:text:Python:Variables:={s_long}"] = "1",
        }).Build();

        var error = Assert.Throws<SnakepitConfigurationException>(
            () => new SnakepitRuntimeBuilder().UseConfiguration(configuration.GetSection("Snakepit")).CreateRuntime());

        Assert.InRange(error.Problems.Count, 4, 12);
        Assert.All(error.Problems, static problem => Assert.InRange(problem.Length, 1, 2_000));
        Assert.Contains(error.Problems, static problem => problem.Contains("Adapter has 100,000 characters", StringComparison.Ordinal));
    }

    private static async Task<PoolFixture> StartAsync(object? answer)
    {
        PoolFixture fixture = await PoolFixture.StartAsync();
        fixture.Workers.Add("answer", _ => answer);
        return fixture;
    }

    /// <summary>A type that can contain only itself.</summary>
    public sealed class Deep : Dictionary<string, Deep>;

    public sealed class Talkative
    {
        public int Size
        {
            get => 0;
            set => throw new InvalidOperationException(new string('x', 100_000));
        }
    }

    private sealed class Wordy : IRecyclePolicy
    {
        public RecycleDecision Evaluate(in RecycleCandidate worker) => RecycleDecision.Recycle(s_long);
    }
}
