using System.CommandLine;
using Snakepit.AspNetCore.Contract;
using Snakepit.Cli.Hosts;
using Snakepit.Cli.Output;

namespace Snakepit.Cli.Commands;

/// <summary>Lists workers with their age, calls and memory against the limits, and what they run.</summary>
internal sealed class WorkersCommand : HostCommand
{
    private readonly Argument<string?> _pool = PoolArgument("The pool. Default: all pools.");

    public WorkersCommand(Shell shell)
        : base("workers", "Lists workers: age, calls and memory against their limits, and what they run.", shell) => Arguments.Add(_pool);

    protected override async Task<ExitCode> RunAsync(HostClient host, ParseResult parsed, CancellationToken cancellationToken)
    {
        string path = parsed.GetValue(_pool) is { } pool ? $"workers?pool={Uri.EscapeDataString(pool)}" : "workers";
        WorkerList list = await host.GetAsync(path, CliJson.Default.WorkerList, cancellationToken);
        if (WritesJson(parsed))
        {
            Shell.Terminal.WriteJson(list, CliJson.Document.WorkerList);
        }
        else if (list.Workers.Count == 0)
        {
            Shell.Terminal.Say("There are no workers. 'snakepit status' tells why.");
        }
        else
        {
            Shell.Terminal.Write(WorkerViews.Table(list.Workers));
        }
        return ExitCode.Done;
    }
}
