using Snakepit.IntegrationTests.Fixture;
using Snakepit.Tests.Pools;

namespace Snakepit.IntegrationTests;

/// <summary>
/// Tries every public method of a runtime while the thread pool is at its minimum and all its threads but one are blocked, and calls
/// while all are blocked. Runs in a process of its own.
/// </summary>
internal static class StuckMethods
{
    /// <summary>The trial with more calls than workers, which begin and end while no thread of the thread pool is free.</summary>
    public const string Calls = "calls without a free thread";

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    /// <summary>Tries the methods and writes a line for each.</summary>
    public static async Task RunAsync(TextWriter output)
    {
        foreach (string method in PublicMethods.All.Keys.Append(Calls))
        {
            SnakepitRuntime runtime = await SnakepitRuntime.StartAsync(static s => s.AddPool("text", static p =>
                (p.Adapter, p.Size, p.MinReady, p.Transport.Portable) = (Rig.Adapter("tools.py"), 2, 2, TransportMode.IsPortable)));
            var done = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
            new Thread(() => done.SetResult(Try(method, runtime))).Start();
            await output.WriteLineAsync($"{method}: {await done.Task}");
            await runtime.DisposeAsync();
        }
    }

    private static string Try(string method, SnakepitRuntime runtime)
    {
        using var stuck = new StuckThreadPool(free: method == Calls ? 0 : 1);
        Exception? error = null;
        var caller = new Thread(() =>
            error = method == Calls ? Record.Exception(() => Block(runtime)) : PublicMethods.Block(method, runtime));
        caller.Start();
        return !caller.Join(s_patience) ? "waits" : error?.ToString() ?? "done";
    }

    /// <summary>
    /// Blocks in calls that end only after their callers wait. .NET itself continues a caller on the thread pool when the call ends in the
    /// moment in which the caller begins to wait.
    /// </summary>
    private static void Block(SnakepitRuntime runtime)
    {
        using var gate = new Gate();
        Task<int>[] calls =
        [
            .. Enumerable.Range(0, 4).Select(tag => runtime.ExecuteAsync<int>("hold", new { gate = gate.Path, tag }).AsTask()),
        ];
        gate.Release(calls.Length);
        Assert.Equal([0, 1, 2, 3], calls.Select(static call => call.GetAwaiter().GetResult()));
    }
}
