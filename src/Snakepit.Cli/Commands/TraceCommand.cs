using System.CommandLine;
using Snakepit.Cli.Hosts;
using Snakepit.Cli.Output;

namespace Snakepit.Cli.Commands;

/// <summary>Writes the recent decisions of a pool, for a replay.</summary>
internal sealed class TraceCommand : HostCommand
{
    private readonly Argument<string?> _pool = PoolArgument("The pool. Default: the only one.");
    private readonly Option<string?> _output = new("--output", "-o")
    {
        Description = "The file to write, which must not exist. Default: the output.", HelpName = "FILE",
    };

    public TraceCommand(Shell shell)
        : base("trace", "Writes the recent decisions of a pool as JSON, for a replay. There are numbers only: no names, no values.", shell)
    {
        Arguments.Add(_pool);
        Options.Add(_output);
    }

    protected override async Task<ExitCode> RunAsync(HostClient host, ParseResult parsed, CancellationToken cancellationToken)
    {
        string pool = PoolOf(host, parsed.GetValue(_pool));
        string trace = await host.GetTextAsync(Target.PathOf(pool, "trace"), cancellationToken);
        if (parsed.GetValue(_output) is not { } name)
        {
            Shell.Terminal.WriteLine(trace);
            return ExitCode.Done;
        }
        NewFile file = NewFile.Write(Shell.PathOf(name), trace, "Replay it with the same version of Snakepit: see docs/incidents.md.");
        file.Show(Shell.Terminal, WritesJson(parsed));
        return ExitCode.Done;
    }
}
