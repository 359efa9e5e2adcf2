using Microsoft.Extensions.Logging;
using Snakepit.Telemetry;

namespace Snakepit.Tests.Telemetry;

/// <summary>Records are written in order on a thread of their own, whatever the provider does.</summary>
public sealed class LogQueueTests : IDisposable
{
    private static readonly WorkerId s_worker = new("text", 0, 1);
    private readonly BlockedLogger _provider = new();

    public void Dispose() => _provider.Dispose();

    [Fact]
    public async Task Records_of_all_loggers_keep_their_order()
    {
        var queue = new LogQueue(_provider);
        ILogger first = queue.CreateLogger("first");
        ILogger second = queue.CreateLogger("second");

        for (int i = 0; i < 1_000; i++)
        {
            (i % 2 == 0 ? first : second).PythonOutput(s_worker, $"{i}");
        }
        await queue.WhenWritten();

        Assert.Equal(Enumerable.Range(0, 1_000).Select(static i => $"text/0#1: {i}"), _provider.Lines);
    }

    [Fact]
    public async Task A_provider_that_blocks_costs_records_and_they_are_counted_once()
    {
        var queue = new LogQueue(_provider, limit: 8);
        ILogger logger = queue.CreateLogger("pool");
        _provider.Block();
        logger.CodeChanged("text");
        await _provider.Blocked.Task; // the record has left the queue

        for (int i = 0; i < 100; i++)
        {
            logger.PythonOutput(s_worker, $"{i}");
        }
        logger.CodeRejected("text"); // the workers' output has left room for it
        _provider.Open();
        await queue.WhenWritten();
        await queue.WhenWritten(); // the count is logged when the queue is empty

        string[] lines = [.. _provider.Lines];
        Assert.Equal(Enumerable.Range(0, 6).Select(static i => $"text/0#1: {i}"), lines[1..7]);
        Assert.StartsWith(
            "94 log records were dropped",
            Assert.Single(lines, static line => line.Contains("dropped", StringComparison.Ordinal)),
            StringComparison.Ordinal);
        Assert.Equal(9, lines.Length);
    }

    [Fact]
    public async Task Worker_that_floods_the_log_leaves_room_for_others_and_its_drops_are_told()
    {
        var queue = new LogQueue(_provider, limit: 16);
        ILogger logger = queue.CreateLogger("pool");
        OutputShare loud = Share(s_worker);
        OutputShare quiet = Share(new WorkerId("text", 1, 1));
        _provider.Block();
        logger.CodeChanged("text");
        await _provider.Blocked.Task; // the record has left the queue

        for (int i = 0; i < 10; i++)
        {
            logger.PythonOutput(s_worker, $"loud {i}", share: loud);
        }
        logger.PythonOutput(new WorkerId("text", 1, 1), "quiet", share: quiet);
        _provider.Open();
        await queue.WhenWritten();
        logger.PythonOutput(s_worker, "loud again", share: loud);
        await queue.WhenWritten();

        Assert.Equal(
            [
                "text/0#1: loud 0", "text/0#1: loud 1", "text/0#1: loud 2", "text/0#1: loud 3", "text/1#1: quiet",
                "6 lines and log records of worker text/0#1 were dropped, because of the test. Logged once per burst",
                "text/0#1: loud again",
            ],
            _provider.Lines.Skip(1));

        OutputShare Share(WorkerId worker) => new(count => logger.OutputDropped(count, worker, "of the test"));
    }

    [Fact]
    public async Task Drops_of_a_flood_that_never_ends_are_told_meanwhile()
    {
        var queue = new LogQueue(_provider, limit: 16);
        ILogger logger = queue.CreateLogger("pool");
        var share = new OutputShare(count => logger.OutputDropped(count, s_worker, "of the test"));
        _provider.Block();
        logger.CodeChanged("text");
        await _provider.Blocked.Task;

        for (int i = 0; i < 4 + 16; i++)
        {
            logger.PythonOutput(s_worker, $"{i}", share: share);
        }
        _provider.Open();
        await queue.WhenWritten();

        Assert.Contains(_provider.Lines, static line => line.StartsWith("16 lines", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Long_lines_are_bounded_by_their_length()
    {
        var queue = new LogQueue(_provider, textLimit: 10_000);
        ILogger logger = queue.CreateLogger("pool");
        _provider.Block();
        logger.CodeChanged("text");
        await _provider.Blocked.Task;

        for (int i = 0; i < 100; i++)
        {
            logger.PythonOutput(s_worker, new string('x', 1_000));
        }
        _provider.Open();
        await queue.WhenWritten();

        Assert.Equal(9, _provider.Lines.Count(static line => line.EndsWith('x')));
    }

    [Fact]
    public async Task A_provider_that_throws_loses_its_record_only()
    {
        var throwing = new Throwing();
        var queue = new LogQueue(new LoggerFactory([throwing]));
        ILogger logger = queue.CreateLogger("pool");

        logger.CodeChanged("text");
        logger.CodeRejected("text");
        await queue.WhenWritten();

        Assert.Equal((2, 1), (throwing.Asked, throwing.Told)); // also for the second one, which it was to write
    }

    private sealed class Throwing : ILoggerProvider, ILogger
    {
        public int Asked { get; private set; }

        public int Told { get; private set; }

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => ++Asked > 1 ? true : throw new InvalidOperationException("no level is known here");

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            Told++;
            throw new InvalidOperationException("nothing is written here");
        }

        public void Dispose()
        {
        }
    }
}
