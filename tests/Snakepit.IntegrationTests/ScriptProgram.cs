using Snakepit.IntegrationTests.Fixture;

namespace Snakepit.IntegrationTests;

/// <summary>A program that is a script: its kind says how it ends.</summary>
internal static class ScriptProgram
{
    public const string Works = "works";
    public const string ToolRaises = "tool-raises";
    public const string Throws = "throws";
    public const string HasNoAdapter = "has-no-adapter";
    public const string IsMisconfigured = "is-misconfigured";

    /// <summary>It writes "waiting", and has a call that ends when the script's token is cancelled.</summary>
    public const string Waits = "waits";

    /// <summary>It writes "waiting", and "cancelled" when its token is, but goes on.</summary>
    public const string IsDeaf = "is-deaf";

    public static Task<int> RunAsync(string kind, TextWriter output) => SnakepitRuntime.RunScriptAsync(
        s => s.AddPool("it", p =>
        {
            p.Adapter = kind == HasNoAdapter ? "missing.py" : Rig.Adapter("tools.py");
            (p.Size, p.Transport.Portable) = (kind == IsMisconfigured ? 0 : 1, TransportMode.IsPortable);
        }),
        (snakepit, cancellationToken) => RunAsync(kind, snakepit, output, cancellationToken));

    private static async Task RunAsync(
        string kind, SnakepitRuntime snakepit, TextWriter output, CancellationToken cancellationToken)
    {
        int sum = await snakepit.ExecuteAsync<int>("add", ToolArguments.Positional(40, 2), cancellationToken: cancellationToken);
        await output.WriteLineAsync($"{sum}");
        switch (kind)
        {
            case ToolRaises:
                await snakepit.ExecuteAsync<int>("add", ToolArguments.Positional(40, "2"), cancellationToken: cancellationToken);
                break;
            case Throws:
                throw new InvalidOperationException("The script has no more to say.");
            case Waits:
                await output.WriteLineAsync("waiting");
                await snakepit.ExecuteAsync("spin", cancellationToken: cancellationToken);
                break;
            case IsDeaf:
                cancellationToken.Register(() => output.WriteLine("cancelled"));
                await output.WriteLineAsync("waiting");
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, CancellationToken.None);
                break;
        }
    }
}
