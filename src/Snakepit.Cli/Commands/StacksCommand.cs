using System.CommandLine;
using Snakepit.AspNetCore.Contract;
using Snakepit.Cli.Hosts;
using Snakepit.Cli.Output;

namespace Snakepit.Cli.Commands;

/// <summary>Shows where the threads of a living worker are.</summary>
internal sealed class StacksCommand : HostCommand
{
    private readonly Argument<Target> _worker = Target.Argument("WORKER", "A slot (text/3), or a worker (text/3#17).");

    private readonly Option<bool> _all = new("--all") { Description = "Show Snakepit's own functions, too. With --json always." };

    public StacksCommand(Shell shell)
        : base("stacks", "Shows the Python stacks of a worker, which goes on.", shell)
    {
        Arguments.Add(_worker);
        Options.Add(_all);
        _worker.Validators.Add(result =>
        {
            if (Target.TryParse(result.Tokens[0].Value, out Target? target) && target.Slot is null)
            {
                result.AddError($"Name a slot or a worker, such as {target.Pool}/0. 'snakepit workers {target.Pool}' lists them.");
            }
        });
    }

    protected override async Task<ExitCode> RunAsync(HostClient host, ParseResult parsed, CancellationToken cancellationToken)
    {
        Target worker = parsed.GetValue(_worker)!;
        string generation = worker.Generation is { } number ? $"?generation={number}" : "";
        StacksInfo stacks = await host.GetAsync(
            worker.Path($"workers/{worker.Slot}/stacks{generation}"), CliJson.Default.StacksInfo, cancellationToken);
        if (WritesJson(parsed))
        {
            Shell.Terminal.WriteJson(stacks, CliJson.Document.StacksInfo);
        }
        else
        {
            Shell.Terminal.WriteLines($"Worker {stacks.Worker}, process {stacks.Pid}");
            Shell.Terminal.WriteLines(parsed.GetValue(_all) ? stacks.Stacks.TrimEnd() : StacksView.Shorten(stacks.Stacks));
        }
        return ExitCode.Done;
    }
}
