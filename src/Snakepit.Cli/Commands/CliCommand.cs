using System.CommandLine;
using Snakepit.Cli.Output;

namespace Snakepit.Cli.Commands;

/// <summary>A command of the tool. It says in a sentence why it cannot go on, and tells the kind of the reason by its exit code.</summary>
internal abstract class CliCommand : Command
{
    private readonly Option<bool> _json = new("--json") { Description = "Write JSON instead of text for people." };

    protected CliCommand(string name, string description, Shell shell)
        : base(name, description)
    {
        Shell = shell;
        Options.Add(_json);
        SetAction(RunGuardedAsync);
    }

    protected Shell Shell { get; }

    protected bool WritesJson(ParseResult parsed) => parsed.GetValue(_json);

    protected abstract Task<ExitCode> RunAsync(ParseResult parsed, CancellationToken cancellationToken);

    private async Task<int> RunGuardedAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        try
        {
            return (int)await RunAsync(parsed, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return (int)ExitCode.Cancelled;
        }
        catch (CliException e)
        {
            Shell.Terminal.TryComplain(e.Message);
            return (int)e.Code;
        }
        catch (ToolException e)
        {
            Shell.Terminal.TryComplain(CallProblem.Of(e.Message, e.Error.Traceback));
            return (int)ExitCode.NotWell;
        }
        catch (SnakepitException e)
        {
            Shell.Terminal.TryComplain(e.Message);
            return (int)(e is SnakepitConfigurationException ? ExitCode.WrongCommandLine : ExitCode.NotWell);
        }
    }
}
