using System.CommandLine;
using Snakepit.AspNetCore.Contract;
using Snakepit.Cli.Hosts;
using Snakepit.Cli.Local;
using Snakepit.Cli.Output;

namespace Snakepit.Cli.Commands;

/// <summary>Calls a tool of a running host.</summary>
internal sealed class CallCommand : HostCommand
{
    private static readonly TimeSpan s_longest = TimeSpan.FromHours(1); // of a call with the timeout of its pool
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(30); // the host ends the call first, and says how

    private readonly Argument<string> _pool = new("POOL") { Description = "The pool." };
    private readonly Argument<string> _tool = new("TOOL") { Description = "The tool." };
    private readonly Argument<string[]> _arguments = new("ARGUMENT")
    {
        Description = "name=value, or values by position, or one JSON object or list. "
            + "A value that is JSON is taken as JSON, any other as text.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<TimeSpan?> _timeout = DurationOption.Create("--timeout", "The timeout of the call. Default: that of the pool.");

    public CallCommand(Shell shell)
        : base("call", "Calls a tool of a running host. A stream comes as a list.", shell)
    {
        Arguments.Add(_pool);
        Arguments.Add(_tool);
        Arguments.Add(_arguments);
        Options.Add(_timeout);
    }

    protected override async Task<ExitCode> RunAsync(HostClient host, ParseResult parsed, CancellationToken cancellationToken)
    {
        TimeSpan? timeout = parsed.GetValue(_timeout);
        var order = new CallOrder
        {
            Tool = parsed.GetValue(_tool)!,
            Arguments = CallText.ForHost(parsed.GetValue(_arguments) ?? []),
            TimeoutSeconds = timeout?.TotalSeconds,
        };
        CallResultInfo result = await host.OrderAsync(
            Target.PathOf(parsed.GetValue(_pool)!, "call"), order, CliJson.Default.CallOrder, CliJson.Default.CallResultInfo,
            (timeout ?? s_longest) + s_grace, cancellationToken);
        if (WritesJson(parsed))
        {
            Shell.Terminal.WriteJson(result, CliJson.Document.CallResultInfo);
        }
        else
        {
            ResultView.Write(Shell.Terminal, result.Result, asJson: false);
        }
        return ExitCode.Done;
    }
}
