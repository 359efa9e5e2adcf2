using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Microsoft.Testing.Platform.Builder;
using Microsoft.Testing.Platform.Extensions;
using Microsoft.Testing.Platform.Extensions.Messages;

namespace Snakepit.TestWatch;

/// <summary>
/// Limits the time of every test, from the construction of its class to its disposal.
/// A test that takes longer is reported and ends the run.
/// An attribute on the test methods would miss a test that hangs in setup or disposal.
/// </summary>
internal sealed class TestWatchdog : IDataConsumer
{
    public const string LimitVariable = "SNAKEPIT_TEST_TIMEOUT"; // in seconds

    private const double DefaultSeconds = 60;

    private static readonly TimeSpan s_limit = ReadLimit();

    private readonly ConcurrentDictionary<string, ITimer> _running = new();

    public string Uid => nameof(TestWatchdog);

    public string Version => "1.0";

    public string DisplayName => "Test watchdog";

    public string Description => "Reports a test that hangs, and ends the run";

    public Type[] DataTypesConsumed => [typeof(TestNodeUpdateMessage)];

    public Task<bool> IsEnabledAsync() => Task.FromResult(!Debugger.IsAttached);

    public Task ConsumeAsync(IDataProducer dataProducer, IData value, CancellationToken cancellationToken)
    {
        TestNode test = ((TestNodeUpdateMessage)value).TestNode;
        if (test.Properties.Any<InProgressTestNodeStateProperty>())
        {
            _running[test.Uid.Value] = TimeProvider.System.CreateTimer(
                _ => HangReport.WriteAndExit(test.DisplayName, s_limit), null, s_limit, Timeout.InfiniteTimeSpan);
        }
        else if (_running.TryRemove(test.Uid.Value, out ITimer? timer))
        {
            timer.Dispose();
        }
        return Task.CompletedTask;
    }

    private static TimeSpan ReadLimit()
    {
        string? limit = Environment.GetEnvironmentVariable(LimitVariable);
        return TimeSpan.FromSeconds(double.TryParse(limit, CultureInfo.InvariantCulture, out double seconds) ? seconds : DefaultSeconds);
    }
}

/// <summary>Registers the watchdog. The testing platform generates the call, because tests/Directory.Build.props names this type.</summary>
internal static class TestWatchdogHook
{
    public static void AddExtensions(ITestApplicationBuilder builder, string[] _) =>
        builder.TestHost.AddDataConsumer(static _ => new TestWatchdog());
}
