using System.CommandLine;
using Snakepit.AspNetCore.Contract;
using Snakepit.Cli.Hosts;
using Snakepit.Cli.Output;

namespace Snakepit.Cli.Commands;

/// <summary>Lets inputs run again that were rejected because they have killed workers.</summary>
internal sealed class LiftQuarantineCommand : HostCommand
{
    private readonly Argument<string> _pool = new("POOL") { Description = "The pool." };
    private readonly Argument<string?> _tool = new("TOOL")
    {
        Description = "The tool whose inputs run again. Default: all tools.", Arity = ArgumentArity.ZeroOrOne,
    };

    public LiftQuarantineCommand(Shell shell)
        : base("lift-quarantine", "Lets inputs run again that were rejected because they have killed workers.", shell)
    {
        Arguments.Add(_pool);
        Arguments.Add(_tool);
    }

    protected override async Task<ExitCode> RunAsync(HostClient host, ParseResult parsed, CancellationToken cancellationToken)
    {
        DoneInfo done = await host.OrderAsync(
            Target.PathOf(parsed.GetValue(_pool)!, "quarantine/lift"), new LiftQuarantineOrder { Tool = parsed.GetValue(_tool) },
            CliJson.Default.LiftQuarantineOrder, CliJson.Default.DoneInfo, HostClient.ReadLimit, cancellationToken);
        return DoneView.Write(Shell.Terminal, done, WritesJson(parsed));
    }
}
