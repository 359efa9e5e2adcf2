using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Snakepit.IntegrationTests.Fixture;
using Snakepit.Telemetry;

namespace Snakepit.IntegrationTests;

/// <summary>Tests the logs and prints of tools, and a logger that fails.</summary>
public sealed partial class LogTests : IntegrationTest
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

    [Theory(Timeout = Bound)]
    [InlineData(StartMethod.Spawn)]
    [InlineData(StartMethod.Zygote)]
    public async Task Prints_and_records_of_user_code_have_the_documented_category_and_nothing_else_has(StartMethod method)
    {
        Rig rig = await StartAsync("talkative.py", p =>
        {
            p.Start.Method = method;
            p.Transport.Portable &= method != StartMethod.Zygote;
        });

        await rig.CallAsync<object?>("talk");
        await rig.Log.FirstAsync(static entry => entry.Text.EndsWith("an error of logging", StringComparison.Ordinal));
        await rig.Log.FirstAsync(static entry => entry.Text.EndsWith("a print on stderr", StringComparison.Ordinal));
        await rig.Log.FirstAsync(static entry => entry.Text.EndsWith("an import", StringComparison.Ordinal));

        Assert.All(rig.Log.All, static entry =>
            Assert.Equal(EventIds.IsOutput(entry.Id.Id) ? "Snakepit.Python" : "Snakepit.Pool", entry.Category));
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
    public async Task Documented_settings_show_all_that_tools_print_and_log_and_none_of_the_pools_own_details()
    {
        string page = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "docs", "telemetry.md"), Cancellation);
        string settings = Assert.Single(Settings().Matches(page)).Groups[1].Value;
        IConfigurationRoot configuration = new ConfigurationBuilder()
            .AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes(settings)))
            .Build();
        var shown = new RecordingLoggers();
        using ILoggerFactory factory = LoggerFactory.Create(
            logging => logging.AddConfiguration(configuration.GetSection("Logging")).AddProvider(shown));
        (LogLevel, string)[] expected =
        [
            (LogLevel.Debug, "it/0#1: an import"),
            (LogLevel.Debug, "it/0#1: a print"),
            (LogLevel.Debug, "it/0#1: a print on stderr"),
            (LogLevel.Debug, "it/0#1: a debug record"),
            (LogLevel.Warning, "it/0#1: a warning"),
            (LogLevel.Debug, "it/0#1: acme: a debug record of logging"),
            (LogLevel.Error, "it/0#1: acme: an error of logging"),
        ];
        Rig rig = await StartAsync("talkative.py", runtime: builder => builder.LoggerFactory = factory);

        await rig.CallAsync<object?>("talk");
        foreach ((_, string text) in expected)
        {
            await shown.Entries.FirstAsync(entry => entry.Text == text);
        }

        ILookup<string, LogEntry> byCategory = shown.Entries.All.ToLookup(static entry => entry.Category);
        Assert.Equal(expected.Order(), byCategory["Snakepit.Python"].Select(static entry => (entry.Level, entry.Text)).Order());
        Assert.NotEmpty(byCategory["Snakepit.Pool"]);
        Assert.All(byCategory["Snakepit.Pool"], static entry => Assert.InRange(entry.Level, LogLevel.Information, LogLevel.Critical));
    }

    [Fact(Timeout = Bound)]
    public async Task Logger_that_throws_harms_nobody()
    {
        using var factory = new LoggerFactory([new ThrowingLogger()], new LoggerFilterOptions { MinLevel = LogLevel.Trace });
        Rig rig = await StartAsync(runtime: builder => builder.LoggerFactory = factory);
        using Pidfd worker = new(rig.OnlyWorker().Pid);

        await rig.CallAsync<object?>("log_all");
        await rig.CallAsync<object?>("speak", "text");
        await rig.Pool.RecycleAsync(0, Cancellation);
        await worker.GoneAsync();

        await rig.AssertServesAsync();
    }

    [GeneratedRegex(@"```json\n(\{ ""Logging"".*?)\n```", RegexOptions.Singleline)]
    private static partial Regex Settings();

    private sealed class ThrowingLogger : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            throw new InvalidOperationException("The disk is full.");

        public void Dispose()
        {
        }
    }
}
