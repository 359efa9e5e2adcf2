using System.CommandLine;
using Snakepit.AspNetCore.Contract;
using Snakepit.Cli.Hosts;
using Snakepit.Cli.Output;

namespace Snakepit.Cli.Commands;

/// <summary>Cancels a call that waits or runs in a host.</summary>
internal sealed class CancelCommand : HostCommand
{
    private readonly Argument<string> _pool = new("POOL") { Description = "The pool." };
    private readonly Argument<string> _call = new("CALL") { Description = "The number of the call, as 'snakepit workers' shows it." };

    public CancelCommand(Shell shell)
        : base("cancel", "Cancels a call. Its caller gets an exception.", shell)
    {
        Arguments.Add(_pool);
        Arguments.Add(_call);
    }

    protected override async Task<ExitCode> RunAsync(HostClient host, ParseResult parsed, CancellationToken cancellationToken)
    {
        string call = Uri.EscapeDataString(parsed.GetValue(_call)!);
        DoneInfo done = await host.OrderAsync(
            Target.PathOf(parsed.GetValue(_pool)!, $"calls/{call}/cancel"), CliJson.Default.DoneInfo, cancellationToken);
        return DoneView.Write(Shell.Terminal, done, WritesJson(parsed));
    }
}
