using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Snakepit.Processes;
using Snakepit.TestWatch;

namespace Snakepit.Tests.TestWatch;

[UnsupportedOSPlatform("windows")]
public sealed class TestWatchdogTests
{
    private static readonly string s_dotnet = Path.GetFullPath("../../../dotnet", RuntimeEnvironment.GetRuntimeDirectory());
    private static readonly TimeSpan s_long = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Test_that_hangs_ends_the_run_with_a_report()
    {
        CommandOutput run = await new CommandRunner(TimeProvider.System).RunAsync(
            "/usr/bin/env",
            [
                $"{TestWatchdog.LimitVariable}=2", s_dotnet, typeof(HangingTests).Assembly.Location,
                "--explicit", "only", "--filter-class", typeof(HangingTests).FullName!,
            ],
            s_long,
            TestContext.Current.CancellationToken);

        Assert.Equal((CommandEnd.Exited, HangReport.ExitCode), (run.End, run.ExitCode));
        Assert.Contains(
            $"HANG  {typeof(HangingTests).FullName}.{nameof(HangingTests.Disposal_never_ends)} has not ended after 2 s",
            run.Errors,
            StringComparison.Ordinal);
        Assert.Matches(@"\n   at Snakepit\.Tests\.TestWatch\.HangingTests\.Block\(\)\n", run.Errors);
        Assert.Matches(@"\n   1 x Snakepit\.Tests\.TestWatch\.HangingTests\+<AwaitAnswerAsync>", run.Errors);
        Assert.Matches(@"\nPool 'stuck' is Starting: 0 of \d+ workers are ready", run.Errors);
        Assert.Matches(@"\n   \d+ Submit\(CallSpec { Deadline = ", run.Errors);
    }
}
