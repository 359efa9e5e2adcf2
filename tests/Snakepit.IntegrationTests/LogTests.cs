using System.Collections.Concurrent;
using System.Diagnostics;
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

    [Theory(Timeout = Bound)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Record_with_an_exception_is_one_with_its_parts_as_properties(bool portable)
    {
        Rig rig = await StartAsync("talkative.py", p => p.Transport.Portable |= portable);

        await rig.CallAsync<object?>("fail");
        LogEntry entry = await rig.Log.FirstAsync(static entry => entry.Text.Contains("no rows", StringComparison.Ordinal));

        Assert.Equal((LogLevel.Error, "PythonLog"), (entry.Level, entry.Id.Name));
        Assert.StartsWith("it/0#1: acme.db: no rows\nat all\nTraceback (most recent call last):\n", entry.Text, StringComparison.Ordinal);
        Assert.EndsWith("\nZeroDivisionError: division by zero", entry.Text, StringComparison.Ordinal);
        Assert.Equal(
            ("it/0#1", "acme.db", "no rows\nat all", "fail"),
            (entry.Properties["Worker"]!.ToString(), entry.Properties["Logger"], entry.Properties["Text"], entry.Properties["Tool"]));
        Assert.StartsWith("Traceback", (string)entry.Properties["Exception"]!, StringComparison.Ordinal);
        Assert.Equal("{Worker}: {Logger}: {Text}\n{Exception}", entry.Properties["{OriginalFormat}"]);
        Assert.DoesNotContain("Session", entry.Properties.Keys);
    }

    [Fact(Timeout = Bound)]
    public async Task Record_has_the_span_of_the_call_that_logged_it()
    {
        const int Calls = 100;
        Rig rig = await StartAsync("talkative.py");
        var spans = new ConcurrentDictionary<string, (string, string)>();

        await rig.CallAsync<object?>("note", "without");
        await Task.WhenAll(Enumerable.Range(0, Calls).Select(async i =>
        {
            using Activity span = new Activity("of a test").Start();
            spans[$"it/0#1: note {i}"] = (span.TraceId.ToHexString(), span.SpanId.ToHexString());
            await rig.CallAsync<object?>("note", $"{i}");
        }));
        await rig.Runtime.DisposeAsync();

        LogEntry[] notes = [.. rig.Log.All.Where(static entry => entry.Text.Contains(": note ", StringComparison.Ordinal))];
        Assert.DoesNotContain("TraceId", notes[0].Properties.Keys);
        Assert.Equal(Calls + 1, notes.Length);
        Assert.All(notes[1..], entry =>
            Assert.Equal(spans[entry.Text], ((string)entry.Properties["TraceId"]!, (string)entry.Properties["SpanId"]!)));
    }

    [Fact(Timeout = Bound)]
    public async Task Warning_is_a_record_with_category_file_and_line()
    {
        Rig rig = await StartAsync("talkative.py");

        await rig.CallAsync<object?>("warn");
        LogEntry entry = await rig.Log.FirstAsync(static entry => entry.Text.EndsWith("old way", StringComparison.Ordinal));

        string file = Rig.Adapter("talkative.py");
        int line = Array.FindIndex(File.ReadAllLines(file), static text => text.Contains("warnings.warn", StringComparison.Ordinal)) + 1;
        Assert.Equal((LogLevel.Warning, $"it/0#1: {file}:{line}: FutureWarning: old way"), (entry.Level, entry.Text));
        Assert.Equal(
            ("FutureWarning", file, line, "warn"),
            (entry.Properties["Category"], entry.Properties["File"], entry.Properties["LineNumber"], entry.Properties["Tool"]));
    }

    [Theory(Timeout = Bound)]
    [InlineData(StartMethod.Spawn)]
    [InlineData(StartMethod.Zygote)]
    public async Task Printed_line_has_the_tool_that_printed_it(StartMethod method)
    {
        Rig rig = await StartAsync("talkative.py", p =>
        {
            p.Start.Method = method;
            p.Transport.Portable &= method != StartMethod.Zygote;
        });

        await rig.CallAsync<object?>("say", "first\nsecond");
        await rig.CallAsync<object?>("talk");
        await rig.Log.FirstAsync(static entry => entry.Text.EndsWith("a print on stderr", StringComparison.Ordinal));

        Assert.Equal(
            [("an import", null), ("first", "say"), ("second", "say"), ("a print", "talk"), ("a print on stderr", "talk")],
            rig.Log.All.Where(static entry => entry.Id.Id == EventIds.PythonOutput).Select(static entry =>
                ((string)entry.Properties["Line"]!, (string?)entry.Properties.GetValueOrDefault("Tool"))));
    }

    [Fact(Timeout = Bound)]
    public async Task No_record_is_lost_in_silence()
    {
        Rig rig = await StartAsync("talkative.py");

        await rig.CallAsync<object?>("flood", 20_000);
        await rig.Runtime.DisposeAsync();

        long logged = rig.Log.All.Count(static entry => entry.Text.EndsWith("xxx", StringComparison.Ordinal));
        long dropped = rig.Log.All.Where(static entry => entry.Id.Id == EventIds.OutputDropped)
            .Sum(static entry => (long)entry.Properties["Count"]!);
        Assert.Equal(20_000, logged + dropped);
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
