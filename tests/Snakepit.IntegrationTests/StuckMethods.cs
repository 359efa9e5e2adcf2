using Snakepit.IntegrationTests.Fixture;
using Snakepit.Tests.Pools;

namespace Snakepit.IntegrationTests;

/// <summary>Tries every public method of a runtime while the thread pool is at its minimum and its threads are blocked, in a process of its own: all of them
/// for methods that need none, all but one for the others.</summary>
internal static class StuckMethods
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);
    private static readonly string[] s_needNone = ["ExecuteAsync", "TryExecuteAsync"];

    /// <summary>Writes a line for each method.</summary>
    public static async Task RunAsync(TextWriter output)
    {
        foreach (string method in PublicMethods.All.Keys)
        {
            SnakepitRuntime runtime = await SnakepitRuntime.StartAsync(static s => s.AddPool("text", static p =>
                (p.Adapter, p.Size, p.MinReady, p.Transport.Portable) = (Rig.Adapter("tools.py"), 2, 2, TransportMode.IsPortable)));
            if (s_needNone.Contains(method))
            {
                // .NET itself hands a caller to the thread pool who begins to wait in the moment in which its call ends; as long as methods are compiled, that is likely.
                await PublicMethods.All[method](runtime);
            }
            var done = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
            new Thread(() => done.SetResult(Try(method, runtime))).Start();
            await output.WriteLineAsync($"{method}: {await done.Task}");
            await runtime.DisposeAsync();
        }
    }

    private static string Try(string method, SnakepitRuntime runtime)
    {
        using var stuck = new StuckThreadPool(s_needNone.Contains(method) ? 0 : 1);
        Exception? error = null;
        var caller = new Thread(() => error = PublicMethods.Block(method, runtime));
        caller.Start();
        return !caller.Join(s_patience) ? "waits" : error?.ToString() ?? "done";
    }
}
