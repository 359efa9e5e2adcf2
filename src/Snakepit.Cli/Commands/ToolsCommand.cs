using System.CommandLine;
using Snakepit.AspNetCore.Contract;
using Snakepit.Cli.Hosts;
using Snakepit.Cli.Output;

namespace Snakepit.Cli.Commands;

/// <summary>Lists the tools of a pool: how they are called, how often that was done, and how long it took.</summary>
internal sealed class ToolsCommand : HostCommand
{
    private readonly Argument<string?> _pool = PoolArgument("The pool. Default: the only one.");

    public ToolsCommand(Shell shell)
        : base("tools", "Lists the tools of a pool, with the number and duration of their calls.", shell) => Arguments.Add(_pool);

    protected override async Task<ExitCode> RunAsync(HostClient host, ParseResult parsed, CancellationToken cancellationToken)
    {
        string pool = PoolOf(host, parsed.GetValue(_pool));
        ToolList list = await host.GetAsync(Target.PathOf(pool, "tools"), CliJson.Default.ToolList, cancellationToken);
        if (WritesJson(parsed))
        {
            Shell.Terminal.WriteJson(list, CliJson.Document.ToolList);
        }
        else if (list.Tools.Count == 0)
        {
            Shell.Terminal.Say($"No tool of pool '{list.Pool}' is known yet: no worker has started.");
        }
        else
        {
            ToolViews.WriteSignatures(Shell.Terminal, list.Tools);
            Shell.Terminal.WriteLine("");
            Shell.Terminal.Write(ToolViews.Counts(list.Tools));
        }
        return ExitCode.Done;
    }
}
