using Microsoft.Extensions.Logging;
using Snakepit.IntegrationTests.Fixture;
using Snakepit.Telemetry;

namespace Snakepit.IntegrationTests;

/// <summary>What tools log and print, and what becomes of a logger that fails.</summary>
public sealed class LogTests : IntegrationTest
{
    [Fact(Timeout = Bound)]
    public async Task Log_records_of_a_tool_arrive_with_their_level_and_worker()
    {
        Rig rig = await StartAsync();

        await rig.CallAsync<object?>("log_all");
        await rig.Log.FirstAsync(static entry => entry.Text.EndsWith("a critical", StringComparison.Ordinal));

        Assert.Equal(
            [(LogLevel.Debug, "it/0#1: a debug"), (LogLevel.Information, "it/0#1: an info"), (LogLevel.Warning, "it/0#1: a warning"),
             (LogLevel.Error, "it/0#1: an error"), (LogLevel.Critical, "it/0#1: a critical")],
            rig.Log.All.Where(static entry => entry.Id.Id == EventIds.PythonLog).Select(static entry => (entry.Level, entry.Text)));
    }

    [Fact(Timeout = Bound)]
    public async Task Prints_and_records_of_tools_have_the_documented_category()
    {
        Rig rig = await StartAsync();

        await rig.CallAsync<object?>("log_all");
        await rig.CallAsync<object?>("speak", "text\nlast line");
        await rig.Log.FirstAsync(static entry => entry.Text.EndsWith("a critical", StringComparison.Ordinal));
        await rig.Log.FirstAsync(static entry => entry.Text.EndsWith("last line", StringComparison.Ordinal));

        LogEntry[] told = [.. rig.Log.All.Where(static entry => entry.Id.Id is EventIds.PythonLog or EventIds.PythonOutput)];
        Assert.All(told, static entry => Assert.Equal("Snakepit.Python", entry.Category));
    }

    [Fact(Timeout = Bound)]
    public async Task Print_arrives_as_output_of_the_worker()
    {
        Rig rig = await StartAsync();

        await rig.CallAsync<object?>("speak", "größer\nsecond line");
        await rig.Log.FirstAsync(static entry => entry.Text.EndsWith("second line on stderr", StringComparison.Ordinal));

        Assert.Equal(
            ["it/0#1: größer", "it/0#1: second line", "it/0#1: größer", "it/0#1: second line on stderr"],
            rig.Log.All.Where(static entry => entry.Id.Id == EventIds.PythonOutput).Select(static entry => entry.Text));
    }

    [Fact(Timeout = Bound)]
    public async Task Logger_that_throws_harms_nobody()
    {
        using var factory = new LoggerFactory([new ThrowingLogger()], new LoggerFilterOptions { MinLevel = LogLevel.Trace });
        Rig rig = Own(Rig.Create((builder, mark) =>
        {
            builder.LoggerFactory = factory;
            builder.AddPool(Rig.OnlyPool, pool =>
            {
                mark(pool);
                pool.Adapter = Rig.Adapter("tools.py");
                pool.Size = 1;
            });
        }));
        await rig.StartAsync();
        using Pidfd worker = new(rig.OnlyWorker().Pid);

        await rig.CallAsync<object?>("log_all");
        await rig.CallAsync<object?>("speak", "text");
        await rig.Pool.RecycleAsync(0, Cancellation);
        await worker.GoneAsync();

        await rig.AssertServesAsync();
    }

    private sealed class ThrowingLogger : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            throw new InvalidOperationException("The disk is full.");

        public void Dispose()
        {
        }
    }
}
